import {
  ActionIcon,
  Badge,
  Box,
  Button,
  Group,
  Loader,
  Stack,
  Text,
  TextInput,
  Tooltip,
  UnstyledButton,
} from "@mantine/core";
import { useClipboard } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { api } from "./api.ts";
import type { Conversation, Turn } from "./conversation.ts";
import { ClaimText } from "./evidence.tsx";
import { Icon } from "./icons.tsx";

/** Questions about what there is in this factory; each is one that Heddle understands. */
function useExamples(): string[] {
  const tenants = useQuery({ queryKey: ["tenants"], queryFn: api.tenants }).data?.tenants ?? [];
  const jobs = useQuery({ queryKey: ["jobs"], queryFn: api.jobs }).data?.jobs ?? [];
  const [one, two] = tenants;
  const [job] = jobs;
  return [
    ...(one === undefined ? [] : [`What does ${one.name} cost per hour and how much of that is network?`]),
    ...(one === undefined || two === undefined ? [] : [`Can ${one.name} reach ${two.name}?`]),
    ...(job === undefined ? [] : [`Why is job ${job.name} slow?`]),
    "Which links are the busiest?",
    "Show me the status",
    ...(one === undefined ? [] : [`Give ${one.name} two more hosts`]),
  ];
}

const outcomes = {
  answer: { label: "answered", color: "gray" },
  plan: { label: "planned a Change", color: "blue" },
  clarify: { label: "asks back", color: "yellow" },
  abstain: { label: "can't say", color: "gray" },
  refuse: { label: "refused", color: "red" },
} as const;

/** A place to ask: every answer shows the command it stands for and the records it comes from. */
export function AskPanel({ conversation, go }: { conversation: Conversation; go: (path: string) => void }) {
  const { turns, pending, ask, clear } = conversation;
  const [text, setText] = useState("");
  const examples = useExamples();
  const bottom = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (turns.length > 0) bottom.current?.scrollIntoView({ block: "end" });
  }, [turns]);
  return (
    <section className="ask" aria-label="Ask">
      <Group px="md" pt="md" pb="xs" justify="space-between" wrap="nowrap" align="start">
        <div>
          <Text fw={650}>Ask</Text>
          <Text fz="xs" c="dimmed">
            Answers cite records. Orders become Changes, and you approve them.
          </Text>
        </div>
        {turns.length === 0 ? null : (
          <Button size="compact-xs" variant="subtle" color="gray" className="nowrap" onClick={clear}>
            Clear
          </Button>
        )}
      </Group>
      <Box className="turns" px="md" aria-live="polite">
        {turns.length === 0 ? (
          <Suggestions options={examples} ask={ask} />
        ) : (
          <Stack gap="lg" py="xs">
            {turns.map((turn, index) => (
              <TurnView key={index} turn={turn} go={go} ask={ask} />
            ))}
          </Stack>
        )}
        <div ref={bottom} />
      </Box>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (pending) return;
          ask(text);
          setText("");
        }}
      >
        <Group p="md" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            placeholder="Ask, or give an order"
            aria-label="Question"
            maxLength={2000}
            id="question"
            autoComplete="off"
          />
          <ActionIcon type="submit" size={36} disabled={text.trim() === "" || pending} aria-label="Send">
            <Icon name="arrow" />
          </ActionIcon>
        </Group>
      </form>
    </section>
  );
}

const Suggestions = ({ options, ask }: { options: readonly string[]; ask: (question: string) => void }) => (
  <Stack gap={6} py={4}>
    {options.map((option) => (
      <UnstyledButton key={option} className="suggestion" onClick={() => ask(option)}>
        {option}
      </UnstyledButton>
    ))}
  </Stack>
);

function TurnView({ turn, go, ask }: { turn: Turn; go: (path: string) => void; ask: (question: string) => void }) {
  const { answer, question, error } = turn;
  return (
    <Stack gap={8}>
      <div className="question">{question}</div>
      {error === undefined ? null : (
        <Text className="bad" fz="sm" role="alert">
          {error}
        </Text>
      )}
      {answer === undefined ? (
        error === undefined ? (
          <Loader size="xs" type="dots" aria-label="Thinking" />
        ) : null
      ) : (
        <>
          {answer.understood === undefined ? null : <Command text={answer.understood} />}
          <Stack gap={5}>
            {answer.claims.map((claim, index) => (
              <ClaimText key={index} claim={claim} />
            ))}
          </Stack>
          {answer.options.length === 0 ? null : <Suggestions options={answer.options} ask={ask} />}
          {answer.change === undefined ? null : (
            <Button
              size="xs"
              variant="light"
              onClick={() => go(`/changes/${answer.change}`)}
              rightSection={<Icon name="arrow" size={14} />}
            >
              Open {answer.change}
            </Button>
          )}
          <Group gap={8}>
            <Badge size="sm" variant="light" tt="none" color={outcomes[answer.outcome].color}>
              {outcomes[answer.outcome].label}
            </Badge>
            <Text fz="xs" c="dimmed" title={answer.snapshot}>
              snapshot <span className="mono">{answer.snapshot.slice(0, 8)}</span>
            </Text>
          </Group>
        </>
      )}
    </Stack>
  );
}

/** The command that an answer stands for: what was understood, and the same again for a script. */
export function Command({ text }: { text: string }) {
  const clipboard = useClipboard({ timeout: 1500 });
  return (
    <div className="command">
      <code>{text}</code>
      <Tooltip label={clipboard.copied ? "Copied" : "Copy"}>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          aria-label="Copy the command"
          onClick={() => clipboard.copy(text)}
        >
          <Icon name={clipboard.copied ? "check" : "copy"} size={14} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
