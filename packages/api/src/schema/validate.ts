import { invalid, notSupported, requiredValue, tooLong, tooMany, typeInvalid } from "../kind/fielderror.ts";
import type { FieldError } from "../kind/kind.ts";
import type { StructuralSchema } from "../kind/structural.ts";
import { deepEqual } from "./equality.ts";
import { formats, integerRanges } from "./formats.ts";
import { duplicatesIn, listIdentity, oldItems } from "./lists.ts";
import { compilePattern } from "./pattern.ts";
import { childPath, isObject, itemPath, type JsonObject, valuesOf } from "./walk.ts";

/** Adds what is wrong with `value` to `errors`. `old` is what stood there before, `undefined` when nothing did or nobody can tell. */
type Check = (value: unknown, old: unknown, path: string, errors: FieldError[]) => void;

/** For values that stand at `path`. */
export const compileValidation = (
  schema: StructuralSchema,
  path = "",
): ((value: unknown, old?: unknown) => readonly FieldError[]) => {
  const check = compileNode(schema);
  return (value, old) => {
    const errors: FieldError[] = [];
    check(value, old, path, errors);
    return errors;
  };
};

const compileNode = (schema: StructuralSchema): Check => {
  const rightType = compileType(schema);
  const own = ownChecks(schema);
  const below = checksBelow(schema);
  return (value, old, path, errors) => {
    if (value === null && schema.nullable) return;
    if (old !== undefined && deepEqual(value, old)) return; // what was accepted once stays acceptable until someone changes it
    if (!rightType(value, path, errors)) return;
    for (const check of own) check(value, old, path, errors);
    for (const check of below) check(value, old, path, errors);
  };
};

const ownChecks = (schema: StructuralSchema): readonly Check[] => [
  ...enumCheck(schema),
  ...stringChecks(schema),
  ...numberChecks(schema),
  ...sizeChecks(schema),
  ...requiredCheck(schema),
  ...embeddedResourceCheck(schema),
  ...listCheck(schema),
  ...combinationChecks(schema),
];

const checksBelow = (schema: StructuralSchema): readonly Check[] => [
  ...fieldChecks(schema),
  ...valueChecks(schema),
  ...itemChecks(schema),
];

// ---- types

const typeName = (value: unknown): string => {
  if (value === null || value === undefined) return "null";
  if (Array.isArray(value)) return "array";
  // A double beyond 2^53 is no whole number: who means one writes its digits, and it comes as a bigint.
  if (typeof value === "number") return Number.isSafeInteger(value) ? "integer" : "number";
  if (typeof value === "bigint") return "integer";
  return typeof value;
};

const compileType = (schema: StructuralSchema): ((value: unknown, path: string, errors: FieldError[]) => boolean) => {
  const allowed = schema["x-kubernetes-int-or-string"]
    ? ["integer", "string"]
    : schema.type === undefined
      ? undefined
      : [schema.type];
  if (!allowed) return () => true;
  const words = allowed.join(",");
  return (value, path, errors) => {
    const actual = typeName(value);
    if (allowed.includes(actual as never) || (actual === "integer" && allowed.includes("number"))) return true;
    errors.push(typeInvalid(path, actual, `${path} in body must be of type ${words}: "${actual}"`));
    return false;
  };
};

// ---- the value itself

const enumCheck = ({ enum: values }: StructuralSchema): readonly Check[] =>
  values === undefined
    ? []
    : [
        (value, _old, path, errors) => {
          if (!values.some((allowed) => deepEqual(allowed, value))) errors.push(notSupported(path, value, values));
        },
      ];

const whenString =
  (check: (text: string, path: string, errors: FieldError[]) => void): Check =>
  (value, _old, path, errors) => {
    if (typeof value === "string") check(value, path, errors);
  };

const codePoints = (text: string): number => {
  let count = 0;
  for (const _ of text) count++;
  return count;
};

const stringChecks = ({ maxLength, minLength, pattern, format }: StructuralSchema): readonly Check[] => {
  const checks: Check[] = [];
  if (maxLength !== undefined) {
    checks.push(
      whenString((text, path, errors) => {
        if (text.length > maxLength && codePoints(text) > maxLength) errors.push(tooLong(path, maxLength));
      }),
    );
  }
  if (minLength !== undefined) {
    checks.push(
      whenString((text, path, errors) => {
        if (codePoints(text) < minLength)
          errors.push(invalid(path, text, `${path} in body should be at least ${minLength} chars long`));
      }),
    );
  }
  if (pattern !== undefined) {
    const matches = compilePattern(pattern);
    checks.push(
      whenString((text, path, errors) => {
        if (!matches(text)) errors.push(invalid(path, text, `${path} in body should match '${pattern}'`));
      }),
    );
  }
  const isOfFormat = format === undefined ? undefined : formats[format];
  if (isOfFormat) {
    checks.push(
      whenString((text, path, errors) => {
        if (!isOfFormat(text))
          errors.push(typeInvalid(path, text, `${path} in body must be of type ${format}: ${JSON.stringify(text)}`));
      }),
    );
  }
  return checks;
};

const whenNumber =
  (check: (number: number | bigint, path: string, errors: FieldError[]) => void): Check =>
  (value, _old, path, errors) => {
    if (typeof value === "number" || typeof value === "bigint") check(value, path, errors);
  };

const numberChecks = (schema: StructuralSchema): readonly Check[] => {
  const { exclusiveMinimum, exclusiveMaximum, format } = schema;
  const [minimum, maximum, multipleOf] = [schema.minimum, schema.maximum, schema.multipleOf].map(double);
  const checks: Check[] = [];
  if (minimum !== undefined) {
    checks.push(
      whenNumber((number, path, errors) => {
        if (exclusiveMinimum ? number > minimum : number >= minimum) return;
        const words = exclusiveMinimum ? "greater than" : "greater than or equal to";
        errors.push(invalid(path, number, `${path} in body should be ${words} ${minimum}`));
      }),
    );
  }
  if (maximum !== undefined) {
    checks.push(
      whenNumber((number, path, errors) => {
        if (exclusiveMaximum ? number < maximum : number <= maximum) return;
        const words = exclusiveMaximum ? "less than" : "less than or equal to";
        errors.push(invalid(path, number, `${path} in body should be ${words} ${maximum}`));
      }),
    );
  }
  if (multipleOf !== undefined) {
    checks.push(
      whenNumber((number, path, errors) => {
        if (!isMultiple(number, multipleOf))
          errors.push(invalid(path, number, `${path} in body should be a multiple of ${multipleOf}`));
      }),
    );
  }
  const range = format === undefined ? undefined : integerRanges[format];
  if (range) {
    const [lowest, highest] = range;
    checks.push(
      whenNumber((number, path, errors) => {
        if (number < lowest || number > highest)
          errors.push(invalid(path, number, `Checked value must be of type integer with format ${format}`));
      }),
    );
  }
  return checks;
};

/** Limits are doubles, whatever digits they were written with. */
const double = (limit: number | bigint | undefined): number | undefined => (limit === undefined ? undefined : Number(limit));

const isMultiple = (value: number | bigint, factor: number): boolean =>
  typeof value === "bigint" && Number.isSafeInteger(factor)
    ? value % BigInt(factor) === 0n
    : Number.isInteger(Number(value) / factor);

const sizeChecks = ({ minItems, maxItems, minProperties, maxProperties }: StructuralSchema): readonly Check[] => {
  const checks: Check[] = [];
  if (minItems !== undefined || maxItems !== undefined) {
    checks.push((value, _old, path, errors) => {
      if (!Array.isArray(value)) return;
      if (maxItems !== undefined && value.length > maxItems) errors.push(tooMany(path, value.length, maxItems));
      if (minItems !== undefined && value.length < minItems)
        errors.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
    });
  }
  if (minProperties !== undefined || maxProperties !== undefined) {
    checks.push((value, _old, path, errors) => {
      if (!isObject(value)) return;
      const count = Object.keys(value).length;
      if (maxProperties !== undefined && count > maxProperties) errors.push(tooMany(path, count, maxProperties));
      if (minProperties !== undefined && count < minProperties)
        errors.push(invalid(path, count, `${path} in body should have at least ${minProperties} properties`));
    });
  }
  return checks;
};

const requiredCheck = ({ required }: StructuralSchema): readonly Check[] =>
  required === undefined
    ? []
    : [
        (value, _old, path, errors) => {
          if (!isObject(value)) return;
          for (const name of required) if (value[name] === undefined) errors.push(requiredValue(childPath(path, name)));
        },
      ];

const embeddedResourceCheck = (schema: StructuralSchema): readonly Check[] =>
  schema["x-kubernetes-embedded-resource"]
    ? [
        (value, _old, path, errors) => {
          if (!isObject(value)) return;
          for (const name of ["apiVersion", "kind"])
            if (typeof value[name] !== "string" || value[name] === "")
              errors.push(requiredValue(childPath(path, name), "must not be empty"));
        },
      ]
    : [];

const listCheck = (schema: StructuralSchema): readonly Check[] => {
  const identity = listIdentity(schema);
  if (!identity) return [];
  return [
    (value, old, path, errors) => {
      if (!Array.isArray(value)) return;
      if (Array.isArray(old) && duplicatesIn(old, identity, path).length > 0) return; // it was let in before this was checked
      errors.push(...duplicatesIn(value, identity, path));
    },
  ];
};

const combinationChecks = (schema: StructuralSchema): readonly Check[] => {
  const checks: Check[] = [];
  const passes = (branch: Check) => (value: unknown, path: string) => {
    const errors: FieldError[] = [];
    branch(value, undefined, path, errors);
    return errors.length === 0;
  };
  for (const branch of schema.allOf ?? []) checks.push(compileNode(branch));
  if (schema.anyOf !== undefined && !schema["x-kubernetes-int-or-string"]) {
    const branches = schema.anyOf.map((branch) => passes(compileNode(branch)));
    checks.push((value, _old, path, errors) => {
      if (!branches.some((pass) => pass(value, path)))
        errors.push(invalid(path, "", `"${path}" must validate at least one schema (anyOf)`));
    });
  }
  if (schema.oneOf !== undefined) {
    const branches = schema.oneOf.map((branch) => passes(compileNode(branch)));
    checks.push((value, _old, path, errors) => {
      if (branches.filter((pass) => pass(value, path)).length !== 1)
        errors.push(invalid(path, "", `"${path}" must validate one and only one schema (oneOf)`));
    });
  }
  if (schema.not !== undefined) {
    const pass = passes(compileNode(schema.not));
    checks.push((value, _old, path, errors) => {
      if (pass(value, path)) errors.push(invalid(path, "", `"${path}" must not validate the schema (not)`));
    });
  }
  return checks;
};

// ---- what is below

const fieldChecks = ({ properties }: StructuralSchema): readonly Check[] => {
  if (properties === undefined) return [];
  const fields = Object.entries(properties).map(([name, schema]) => [name, compileNode(schema)] as const);
  return [
    (value, old, path, errors) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [name, check] of fields)
        if (value[name] !== undefined) check(value[name], before[name], childPath(path, name), errors);
    },
  ];
};

const valueChecks = (schema: StructuralSchema): readonly Check[] => {
  const values = valuesOf(schema);
  if (!values) return [];
  const check = compileNode(values);
  return [
    (value, old, path, errors) => {
      if (!isObject(value)) return;
      const before: JsonObject = isObject(old) ? old : {};
      for (const [key, item] of Object.entries(value)) check(item, before[key], childPath(path, key), errors);
    },
  ];
};

const itemChecks = (schema: StructuralSchema): readonly Check[] => {
  if (!schema.items) return [];
  const check = compileNode(schema.items);
  const identity = listIdentity(schema);
  return [
    (value, old, path, errors) => {
      if (!Array.isArray(value)) return;
      const oldItem = oldItems(old, identity);
      value.forEach((item, index) => {
        check(item, oldItem(item), itemPath(path, index), errors);
      });
    },
  ];
};
