import { describe, expect, test } from "vitest";
import { createTexts } from "./texts.ts";

describe("texts of objects", () => {
  test("are made once a shape while they are asked for, and made anew when many others were", () => {
    let made = 0;
    const texts = createTexts(6400);
    const show = (object: object) => () => {
      made += 1;
      return object;
    };
    const one = { a: "x".repeat(50) };
    expect(texts.of("whole", one, show(one))).toBe(JSON.stringify(one));
    texts.of("whole", one, show(one));
    expect(made).toBe(1);
    texts.of("item", one, () => {
      made += 1;
      return {};
    });
    expect(made).toBe(2);
    for (let at = 0; at < 100; at += 1) {
      const other = { at, text: "y".repeat(60) };
      texts.of("whole", other, show(other));
    }
    texts.of("whole", one, show(one));
    expect(made).toBe(103);
  });

  test("one object does not push out all others", () => {
    const texts = createTexts(6400);
    const large = { text: "z".repeat(1000) };
    let made = 0;
    for (let at = 0; at < 3; at += 1)
      texts.of("whole", large, () => {
        made += 1;
        return large;
      });
    expect(made).toBe(3);
  });
});
