/**
 * `JSON.parse`, but a whole number that a double cannot hold is a `bigint` as long as it fits 64 bits; all others are numbers. So a number
 * has one form, and `===` compares. Only a text in which such a number can stand is read slowly.
 *
 * @throws SyntaxError
 */
export const parseJson = (text: string): unknown => {
  if (!sixteenDigits.test(text) || !longNumber.test(text)) return JSON.parse(text);
  JSON.parse(text); // says what is wrong with it: the slow reader takes it for granted
  return read(text);
};

// Written out, it is searched for eight times as fast as with a count.
const sixteenDigits = /\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d\d/;
const longNumber = /(?:^|[\s,:[])-?\d{16}/;

const lowest = -(2n ** 63n);
const highest = 2n ** 63n - 1n;
/** More is nobody's, and would cost the stack. */
const deepest = 1000;

const read = (text: string): unknown => {
  let at = 0;
  let depth = 0;

  const skipBlank = (): void => {
    for (;;) {
      const code = text.charCodeAt(at);
      if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return;
      at += 1;
    }
  };

  const string = (): string => {
    const start = at;
    let plain = true;
    for (at += 1; ; at += 1) {
      const code = text.charCodeAt(at);
      if (code === 34) break;
      if (code !== 92) continue;
      plain = false;
      at += 1;
    }
    at += 1;
    return plain ? text.slice(start + 1, at - 1) : (JSON.parse(text.slice(start, at)) as string);
  };

  const scalar = (): unknown => {
    const start = at;
    while (at < text.length && !",]} \n\r\t".includes(text.charAt(at))) at += 1;
    const word = text.slice(start, at);
    return /^-?\d{16,}$/.test(word) ? whole(word) : JSON.parse(word);
  };

  const object = (): object => {
    const fields: { [key: string]: unknown } = {};
    for (;;) {
      at += 1; // the brace, then commas
      skipBlank();
      if (text.charCodeAt(at) === 125) break;
      const key = string();
      skipBlank();
      at += 1; // the colon
      const field = value();
      if (key === "__proto__")
        Object.defineProperty(fields, key, { value: field, enumerable: true, writable: true, configurable: true });
      else fields[key] = field;
      if (text.charCodeAt(at) === 125) break;
    }
    at += 1;
    return fields;
  };

  const list = (): readonly unknown[] => {
    const items: unknown[] = [];
    for (;;) {
      at += 1; // the bracket, then commas
      skipBlank();
      if (text.charCodeAt(at) === 93) break;
      items.push(value());
      if (text.charCodeAt(at) === 93) break;
    }
    at += 1;
    return items;
  };

  const value = (): unknown => {
    skipBlank();
    const first = text.charCodeAt(at);
    let found: unknown;
    if (first === 123 || first === 91) {
      depth += 1;
      if (depth > deepest) throw new SyntaxError("exceeded max depth");
      found = first === 123 ? object() : list();
      depth -= 1;
    } else found = first === 34 ? string() : scalar();
    skipBlank();
    return found;
  };

  return value();
};

const whole = (digits: string): bigint | number => {
  const number = Number(digits);
  if (Number.isSafeInteger(number)) return number;
  const exact = BigInt(digits);
  return exact >= lowest && exact <= highest ? exact : number;
};
