import { expect, test } from "vitest";
import { addMember, type EtcdState, electLeader, emptyEtcd, hasQuorum, moveLeader, removeMember } from "./etcd.ts";

const member = (n: number) => ({ id: String(n), name: `node-${n}`, serverId: `server-${n}` });
const three: EtcdState = { members: [member(1), member(2), member(3)], leaderId: "1" };
const alive =
  (...down: number[]) =>
  (serverId: string) =>
    !down.some((n) => serverId === `server-${n}`);

test("the first member leads; a member joins only while a majority lives", () => {
  expect(addMember(emptyEtcd, member(1), alive()).leaderId).toBe("1");
  expect(() => addMember(three, member(4), alive(1, 2))).toThrow("quorum lost");
});

test("one of three may be lost, two may not", () => {
  expect(hasQuorum(three, alive(1))).toBe(true);
  expect(hasQuorum(three, alive(1, 2))).toBe(false);
  expect(electLeader(three, alive(1)).leaderId).toBe("2");
  expect(electLeader(three, alive(1, 2)).leaderId).toBeUndefined();
});

test("a member is not removed when those left alive would be no majority", () => {
  expect(removeMember(three, "1", alive()).members.map(({ id }) => id)).toEqual(["2", "3"]);
  expect(removeMember(three, "1", alive(1)).leaderId).toBe("2");
  expect(() => removeMember(three, "2", alive(1))).toThrow("not enough started members");
  expect(() => removeMember(three, "9", alive())).toThrow("member not found");
});

test("leadership moves only to a living member [SIM-060]", () => {
  expect(moveLeader(three, "3", alive()).leaderId).toBe("3");
  expect(() => moveLeader(three, "3", alive(3))).toThrow("bad leader transferee");
});
