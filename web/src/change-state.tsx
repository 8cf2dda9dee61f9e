import { Progress, Text } from "@mantine/core";
import { Icon } from "./icons.tsx";
import type { Change, JournalEvent } from "./types.ts";

const path = ["planned", "approved", "applying", "applied", "verified", "closed"] as const;
const names: Readonly<Record<string, string>> = {
  planned: "Planned",
  approved: "Approved",
  applying: "Applying",
  applied: "Applied",
  verified: "Verified",
  closed: "Closed",
  refused: "Refused",
  failed: "Failed",
  "rolling-back": "Rolling back",
  "rolled-back": "Rolled back",
};
const ends = new Set(["refused", "failed", "rolling-back", "rolled-back"]);

/** The life of a Change from left to right, with the hour of each station that it has passed. */
export function StateLine({ change, events }: { change: Change; events: readonly JournalEvent[] }) {
  const passed = new Map<string, number>();
  for (const event of events) {
    const state = stateOf(event.kind);
    if (state !== undefined) passed.set(state, event.at);
  }
  passed.set("planned", passed.get("planned") ?? change.createdAt);
  const ending = ends.has(change.state) ? [change.state] : [];
  const stations: readonly string[] =
    ending.length === 0 ? path : [...path.filter((one) => passed.has(one) && one !== "applying"), ...ending];
  const at = stations.indexOf(change.state);
  return (
    <ol className="state-line" aria-label="State">
      {stations.map((state, index) => {
        const kind = ends.has(state) ? `end ${state}` : index < at || state === "closed" ? "past" : "now";
        const reached = index <= at;
        return (
          <li key={state} className={reached ? kind : "ahead"} aria-current={index === at ? "step" : undefined}>
            <span className="bead">{reached ? <Bead state={state} now={index === at} /> : null}</span>
            <span className="name">{names[state] ?? state}</span>
            <span className="hour">
              {hour(passed.get(state) ?? (index === at ? change.updatedAt : undefined), reached)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}

const Bead = ({ state, now }: { state: string; now: boolean }) => (
  <Icon
    name={
      state === "refused" || state === "failed"
        ? "cross"
        : state.startsWith("roll")
          ? "undo"
          : now && state !== "closed"
            ? "clock"
            : "check"
    }
    size={13}
  />
);

const stateOf = (kind: string): string | undefined => {
  const state = kind.replace(/^change\./, "");
  return Object.hasOwn(names, state) ? state : undefined;
};

const hour = (at: number | undefined, reached: boolean): string =>
  at === undefined || !reached ? "" : new Date(at).toLocaleTimeString("en-GB");

/** Steps done so far, from the journal's own events; none before the Change was applied. */
export const stepsDone = (events: readonly JournalEvent[]): ReadonlySet<number> =>
  new Set(
    events
      .filter((one) => /^step\.(done|confirmed)$/.test(one.kind))
      .flatMap((one) => {
        const step = /(?:^| )step=(\d+)/.exec(one.detail)?.[1];
        return step === undefined ? [] : [Number(step)];
      }),
  );

/** How far the devices are, while they are being changed. */
export function LiveProgress({ change, done }: { change: Change; done: ReadonlySet<number> }) {
  const back = change.state === "rolling-back";
  if (change.state !== "applying" && !back) return null;
  const total = change.diff.length;
  const next = change.diff.find((one) => !done.has(one.step));
  return (
    <div className="live" role="status">
      <Text fz="sm" fw={600} className="figure">
        {back
          ? "Going back, step by step"
          : `Step ${Math.min(done.size + 1, total)} of ${total}${next === undefined ? "" : `: ${next.device}`}`}
      </Text>
      <Progress
        value={back ? 100 : (done.size / Math.max(1, total)) * 100}
        animated={back}
        size="sm"
        mt={6}
        aria-label="Steps done"
      />
    </div>
  );
}
