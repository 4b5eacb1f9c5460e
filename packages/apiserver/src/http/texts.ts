import { jsonText } from "@slipway/api/json/index.ts";
/**
 * JSON of objects that are asked for again and again: objects never change, so their text does not either. Bounded: what was not asked for
 * while another half of the bound was filled is forgotten, and nothing here keeps an object alive.
 */
export interface Texts {
  /** `shape` tells different texts of one object apart (its items in lists carry no kind); it is made when it is not known. */
  of(shape: TextShape, object: object, shown: () => unknown): string;
}

export type TextShape = "whole" | "item";

const mostCharacters = 64 * 1024 * 1024;

export const createTexts = (most = mostCharacters): Texts => {
  const shapes = { whole: createGenerations(most / 2), item: createGenerations(most / 2) };
  return {
    of: (shape, object, shown) => {
      const generations = shapes[shape];
      const known = generations.find(object);
      if (known !== undefined) return known;
      const text = jsonText(shown());
      generations.add(object, text);
      return text;
    },
  };
};

const createGenerations = (most: number) => {
  let young = new WeakMap<object, string>();
  let old = new WeakMap<object, string>();
  let characters = 0;
  const add = (object: object, text: string): void => {
    // One object must not push out all others.
    if (text.length > most / 16) return;
    characters += text.length;
    if (characters > most / 2) {
      old = young;
      young = new WeakMap();
      characters = text.length;
    }
    young.set(object, text);
  };
  return {
    find: (object: object): string | undefined => {
      const recent = young.get(object);
      if (recent !== undefined) return recent;
      const text = old.get(object);
      if (text !== undefined) add(object, text);
      return text;
    },
    add,
  };
};
