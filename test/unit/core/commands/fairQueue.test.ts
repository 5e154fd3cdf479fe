import assert from "node:assert/strict";
import fc from "fast-check";
import { owner } from "../../../../src/core/access/principal.ts";
import { FairQueue } from "../../../../src/core/commands/fairQueue.ts";
import { type Lane, LanePool, type Turn } from "../../../../src/core/commands/lane.ts";
import { PrincipalLoads } from "../../../../src/core/commands/principalLoads.ts";
import { FakePrincipals } from "../../../support/fakePrincipals.ts";

interface Item {
  readonly principalId: string;
  readonly number: number;
}

const ids = ["a", "b", "c", "d"] as const;
/** Adds an item of a principal, or, for undefined, takes the next one. */
const steps = fc.array(fc.option(fc.constantFrom(...ids), { nil: undefined, freq: 2 }), { maxLength: 60 });

function take(queue: FairQueue<Item>): Item | undefined {
  const item = queue.next();
  if (item === undefined) return undefined;
  assert.ok(queue.delete(item.principalId, item));
  queue.took(item.principalId);
  return item;
}

describe("FairQueue", () => {
  it("never gives a principal two turns while another one waits, and keeps the order of each", () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const queue = new FairQueue<Item>();
        /** The principals that had a turn, by the one that waits. */
        const seen = new Map<string, Set<string>>();
        const lastNumbers = new Map<string, number>();
        for (const [number, principalId] of plan.entries()) {
          if (principalId !== undefined) {
            queue.add(principalId, { principalId, number });
            if (!seen.has(principalId)) seen.set(principalId, new Set());
            continue;
          }
          const item = take(queue);
          if (item === undefined) continue;
          assert.ok((lastNumbers.get(item.principalId) ?? -1) < item.number, "out of order");
          lastNumbers.set(item.principalId, item.number);
          seen.delete(item.principalId);
          for (const others of seen.values()) {
            assert.ok(!others.has(item.principalId), "a second turn while another principal waits");
            others.add(item.principalId);
          }
          if (queue.sizeOf(item.principalId) > 0) seen.set(item.principalId, new Set());
        }
      }),
    );
  });

  it("tells positions in the order in which items are taken", () => {
    fc.assert(
      fc.property(steps, fc.constantFrom(...ids), (plan, last) => {
        const queue = new FairQueue<Item>();
        for (const [number, principalId] of plan.entries()) {
          if (principalId === undefined) take(queue);
          else queue.add(principalId, { principalId, number });
        }
        const position = queue.positionOf(last);
        const item = { principalId: last, number: plan.length };
        queue.add(last, item);
        const order = [...queue];
        assert.equal(order.length, queue.size);
        assert.equal(order.indexOf(item), position);
        for (const expected of order) assert.equal(take(queue), expected);
        assert.equal(queue.size, 0);
      }),
    );
  });
});

describe("Lanes with principals that have limits", () => {
  const principals = new FakePrincipals();
  const limited = principals.add("limited", { limits: { running: 1 } });
  const wider = principals.add("wider", { limits: { running: 2 } });
  const callers = [owner, limited, wider];
  const enter = fc.record({ lane: fc.constantFrom("x", "y"), caller: fc.constantFrom(...callers) });
  /** Enters a lane, or, for a number, has one of the tasks leave, whether it runs or waits. */
  const plans = fc.array(fc.oneof(enter, fc.nat(50)), { maxLength: 60 });

  it("never exceed a limit, and leave no slot unused for which a principal waits", async () => {
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const pool = new LanePool(100, new PrincipalLoads());
        const present: { readonly turn: Turn; readonly lane: string }[] = [];
        const running = new Set<Turn>();
        const runningOf = (principal: unknown) => [...running].filter((turn) => turn.principal === principal).length;
        const laneOf = (name: string): Lane => pool.laneOf({ name, concurrency: 2 });
        for (const [number, step] of plan.entries()) {
          if (typeof step === "number") {
            const [gone] = present.splice(step % Math.max(1, present.length), 1);
            if (gone !== undefined) laneOf(gone.lane).leave(gone.turn);
            if (gone !== undefined) running.delete(gone.turn);
          } else {
            const turn: Turn = {
              executionId: `${number}`,
              principal: step.caller,
              begin: () => void running.add(turn),
            };
            present.push({ turn, lane: step.lane });
            laneOf(step.lane).enter(turn);
          }
          await Promise.resolve();
          assert.ok(runningOf(limited) <= 1 && runningOf(wider) <= 2, "a limit of a principal was exceeded");
          for (const name of ["x", "y"]) {
            const inLane = present.filter(({ lane }) => lane === name).map(({ turn }) => turn);
            const free = 2 - inLane.filter((turn) => running.has(turn)).length;
            assert.ok(free >= 0, "the limit of the lane was exceeded");
            const ready = inLane.filter(({ principal }) =>
              principal === owner ? true : runningOf(principal) < (principal.limits.running ?? 0),
            );
            assert.ok(free === 0 || ready.every((turn) => running.has(turn)), "a slot is unused");
          }
        }
      }),
    );
  });
});
