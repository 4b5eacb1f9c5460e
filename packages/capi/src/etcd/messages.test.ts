import { decodeFields, encodeNumbers } from "@slipway/etcd/protobuf.ts";
import { describe, expect, test } from "vitest";
import { moveLeaderTo, readAlarms, readMembers, readStatus } from "./messages.ts";

const bytes = (text: string) => Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
const hex = (message: Uint8Array) => Array.from(message, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("etcd's messages [KCP-232]", () => {
  test("member ids use all 64 bits and come back in decimal", () => {
    expect(hex(moveLeaderTo("18446744073709551615"))).toBe("08ffffffffffffffffff01");
    expect(hex(moveLeaderTo("10501334649042878790"))).toBe("08c682cffd98878fde9101");
  });

  test("a member list: names, ids, learners, and members that have no name yet", () => {
    const answer = "0a020801120a0886c2ac01120161280112020802";
    const [first, second] = readMembers(bytes(answer));
    expect(first).toMatchObject({ name: "a", isLearner: true });
    expect(second).toEqual({ id: "2", name: "", isLearner: false });
  });

  test("a status: who leads and what is wrong; nobody leads is no leader", () => {
    const status = readStatus(bytes("0a0410011002" + "1206332e342e3233" + "2003" + "42046f6f7073"));
    expect(status).toEqual({ memberId: "2", leaderId: "3", version: "3.4.23", errors: ["oops"] });
    expect(readStatus(bytes("1206332e342e3233")).leaderId).toBeUndefined();
  });

  test("alarms of kinds that nobody knows are left out", () => {
    expect(readAlarms(bytes("1204080110011204080210021204080310001204080410" + "09"))).toEqual([
      { memberId: "1", type: "NOSPACE" },
      { memberId: "2", type: "CORRUPT" },
    ]);
  });

  test("a message that is cut off is an error, not a guess", () => {
    expect(() => decodeFields(bytes("12ff"))).toThrow("ends within a number");
    expect(() => decodeFields(bytes("120561"))).toThrow("ends too early");
    expect(() => decodeFields(bytes("0b"))).toThrow("wire type 3");
    expect(decodeFields(bytes("09" + "0000000000000000" + "0d00000000" + "1001"))).toHaveLength(1);
  });

  test("zero is not written", () => expect(encodeNumbers({ 1: 0n, 2: 300n })).toEqual(Uint8Array.of(0x10, 0xac, 0x02)));
});
