import { jsonText } from "@slipway/api/json/index.ts";
import type { Answer, AnswerBody } from "./exchange.ts";
import type { Turns } from "./limits/turns.ts";
import type { Wanted } from "./negotiate.ts";
import { yamlText } from "./yaml.ts";

/** A value as an answer, in the format that was asked for. */
export const encodeAnswer = (value: unknown, wanted: Wanted, status = 200): Answer =>
  wanted.format === "yaml"
    ? { status, headers: { "content-type": "application/yaml" }, body: yamlText(value) }
    : {
        status,
        headers: { "content-type": "application/json" },
        body: jsonText(value, wanted.pretty ? 2 : undefined),
      };

/** So many items are turned into text before others get a turn: a list of 10,000 must not hold up a lease. */
const itemsAtOnce = 250;

export const encodeList = <T>(
  head: object,
  itemsField: string,
  items: readonly T[],
  item: (each: T) => unknown,
  wanted: Wanted,
  turns: Turns,
  text: (each: T) => string = (each) => jsonText(item(each)),
): Answer => {
  if (wanted.format === "yaml" || wanted.pretty) return encodeAnswer({ ...head, [itemsField]: items.map(item) }, wanted);
  const start = `${jsonText(head).slice(0, -1)},"${itemsField}":[`;
  const body: AnswerBody =
    items.length <= itemsAtOnce ? `${start}${items.map(text).join(",")}]}` : pieces(start, items, text, turns);
  return { status: 200, headers: { "content-type": "application/json" }, body };
};

async function* pieces<T>(start: string, items: readonly T[], each: (item: T) => string, turns: Turns): AsyncGenerator<string> {
  let text = start;
  for (let at = 0; at < items.length; at += itemsAtOnce) {
    await turns.next();
    const part = items.slice(at, at + itemsAtOnce).map(each);
    yield `${text}${part.join(",")}`;
    text = ",";
  }
  yield "]}";
}
