import { Button, NumberInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { number } from "../parts/time.ts";
import "./create.css";

interface CountInputProps {
  readonly label: string;
  readonly description?: string;
  readonly value: number;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly quick?: readonly number[];
  readonly error?: string | undefined;
  readonly onChange: (value: number) => void;
}

/** A whole number, with the usual ones a click away. */
export const CountInput = ({
  label,
  description,
  value,
  min = 0,
  max = 10_000,
  step = 1,
  quick,
  error,
  onChange,
}: CountInputProps) => {
  const { i18n } = useTranslation();
  return (
    <div className="count-input">
      <NumberInput
        label={label}
        description={description}
        value={value}
        min={min}
        max={max}
        step={step}
        allowDecimal={false}
        allowNegative={false}
        clampBehavior="none"
        error={error}
        onChange={(next) => onChange(typeof next === "number" ? next : next === "" ? 0 : Number(next))}
      />
      {quick !== undefined && (
        <fieldset className="quick-counts">
          <legend className="hidden-text">{label}</legend>
          {quick.map((count) => (
            <Button
              key={count}
              size="compact-sm"
              variant={count === value ? "light" : "default"}
              aria-pressed={count === value}
              onClick={() => onChange(count)}
            >
              {number(count, i18n.language)}
            </Button>
          ))}
        </fieldset>
      )}
    </div>
  );
};
