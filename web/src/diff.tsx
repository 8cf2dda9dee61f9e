import { Group, Text, UnstyledButton } from "@mantine/core";
import { useState, type ReactNode } from "react";
import { Icon } from "./icons.tsx";
import type { DiffLine } from "./types.ts";

export interface DiffStep {
  readonly step: number;
  readonly device: string;
  readonly nos?: string;
  readonly reason?: string;
  readonly lines: readonly DiffLine[];
}

const count = (lines: readonly DiffLine[], op: DiffLine["op"]): number => lines.filter((one) => one.op === op).length;

/** What goes to each device, in its own syntax and in order: steps on the left, the chosen one's lines beside them. */
export function DiffView({ steps, done }: { steps: readonly DiffStep[]; done?: ReadonlySet<number> }) {
  const [chosen, choose] = useState(0);
  const step = steps[Math.min(chosen, steps.length - 1)];
  if (step === undefined)
    return (
      <Text c="dimmed" fz="sm">
        No device changes.
      </Text>
    );
  return (
    <div className="diff-view">
      <ol className="steps" aria-label="Steps">
        {steps.map((one, index) => (
          <li key={one.step}>
            <UnstyledButton
              className={one === step ? "step on" : "step"}
              onClick={() => choose(index)}
              aria-current={one === step ? "true" : undefined}
            >
              <span className="step-number">
                {done?.has(one.step) === true ? <Icon name="check" size={12} /> : one.step}
              </span>
              <span className="step-name">{one.device}</span>
              <Counts lines={one.lines} />
            </UnstyledButton>
          </li>
        ))}
      </ol>
      <div className="diff-pane">
        <Group gap={10} className="diff-head">
          <Text fw={650} fz="sm">
            {step.device}
          </Text>
          {step.nos === undefined ? null : (
            <Text fz="xs" c="dimmed">
              {step.nos}
            </Text>
          )}
          <Counts lines={step.lines} />
          {step.reason === undefined ? null : (
            <Text fz="xs" c="dimmed">
              Step {step.step}: {step.reason}
            </Text>
          )}
        </Group>
        <Lines lines={step.lines} />
      </div>
    </div>
  );
}

const Counts = ({ lines }: { lines: readonly DiffLine[] }) => (
  <span className="counts figure">
    <span className="added">+{count(lines, "add")}</span> <span className="removed">−{count(lines, "remove")}</span>
  </span>
);

const signs = { add: "+", remove: "−", context: " " } as const;
const longest = 2000;

function Lines({ lines }: { lines: readonly DiffLine[] }) {
  return (
    <div className="diff" role="table" aria-label="Lines">
      {lines.slice(0, longest).map((line, index) => (
        <div key={index}>
          {line.file === undefined || line.file === lines[index - 1]?.file ? null : (
            <div className="file">{line.file}</div>
          )}
          <div className={`line ${line.op}`}>
            <span className="number">{index + 1}</span>
            <span className="sign">{signs[line.op]}</span>
            <code>{colored(line.text)}</code>
          </div>
        </div>
      ))}
      {lines.length > longest ? (
        <div className="file">{lines.length - longest} more lines are in the API's answer</div>
      ) : null}
    </div>
  );
}

const words =
  /("(?:[^"\\]|\\.){0,400}")|(\b\d{1,3}(?:\.\d{1,3}){3}(?:[/~]\d{1,3})?(?::\d+)?\b|\b\d+(?::\d+)?\b)|\b(permit|deny|shutdown|no|add|replace|remove|set|unset|interface|router|vlan|vrf|ip|neighbor|route-target)\b/g;

/** Words, numbers and strings told apart, in any vendor's syntax: enough to read by, and no grammar. */
function colored(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  if (text.length > 4000) return [text];
  for (const match of text.matchAll(words)) {
    parts.push(text.slice(at, match.index));
    const kind = match[1] === undefined ? (match[2] === undefined ? "word" : "value") : "string";
    parts.push(
      <span key={match.index} className={`code-${kind}`}>
        {match[0]}
      </span>,
    );
    at = match.index + match[0].length;
  }
  return [...parts, text.slice(at)];
}
