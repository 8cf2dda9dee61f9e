import {
  Anchor,
  Badge,
  Box,
  Button,
  Code,
  Group,
  Loader,
  Paper,
  ScrollArea,
  Stack,
  Text,
  TextInput,
  Title,
  UnstyledButton,
} from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api } from "./api.ts";
import { Icon } from "./icons.tsx";
import type { Answer } from "./types.ts";

const examples = [
  "What does globex cost per hour and how much of that is network?",
  "Can globex reach initech?",
  "Which jobs use spine-2?",
  "Why is job llm-70b slow?",
  "Give globex two more hosts",
];

interface Turn {
  readonly question: string;
  readonly answer?: Answer;
  readonly error?: string;
}

/** A place to ask: every answer shows the command it stands for and the records it comes from. */
export function AskPanel({ go }: { go: (path: string) => void }) {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [text, setText] = useState("");
  const bottom = useRef<HTMLDivElement>(null);
  const asking = useMutation({
    mutationFn: api.ask,
    onSettled: (answer, error, question) => {
      setTurns((before) => [
        ...before.slice(0, -1),
        { question, ...(answer === undefined ? {} : { answer }), ...(error === null ? {} : { error: error.message }) },
      ]);
      setTimeout(() => bottom.current?.scrollIntoView({ behavior: "smooth" }), 30);
    },
  });
  const ask = (question: string) => {
    if (question.trim() === "" || asking.isPending) return;
    setTurns((before) => [...before, { question }]);
    setText("");
    asking.mutate(question);
  };
  return (
    <Stack gap={0} h="100%" className="ask">
      <Box px="md" pt="md" pb="xs">
        <Title order={4}>Ask</Title>
        <Text fz="sm" c="dimmed">
          Answers cite records. Orders become Changes; you approve them.
        </Text>
      </Box>
      <ScrollArea flex={1} px="md" type="auto">
        <Stack gap="lg" py="xs">
          {turns.length === 0 ? (
            <Stack gap={6}>
              {examples.map((example) => (
                <UnstyledButton key={example} className="suggestion" onClick={() => ask(example)}>
                  {example}
                </UnstyledButton>
              ))}
            </Stack>
          ) : (
            turns.map((turn, index) => <TurnView key={index} turn={turn} go={go} ask={ask} />)
          )}
          <div ref={bottom} />
        </Stack>
      </ScrollArea>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          ask(text);
        }}
      >
        <Group p="md" gap="xs" wrap="nowrap">
          <TextInput
            flex={1}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            placeholder="Ask, or give an order"
            aria-label="Question"
          />
          <Button type="submit" px="sm" disabled={text.trim() === ""} aria-label="Send">
            <Icon name="arrow" />
          </Button>
        </Group>
      </form>
    </Stack>
  );
}

function TurnView({ turn, go, ask }: { turn: Turn; go: (path: string) => void; ask: (question: string) => void }) {
  const { answer } = turn;
  return (
    <Stack gap={8}>
      <Paper className="question" px="sm" py={6} radius="md">
        {turn.question}
      </Paper>
      {turn.error === undefined ? null : (
        <Text c="red" fz="sm">
          {turn.error}
        </Text>
      )}
      {answer === undefined ? (
        turn.error === undefined ? (
          <Loader size="xs" />
        ) : null
      ) : (
        <>
          {answer.understood === undefined ? null : (
            <Code block fz="xs">
              {answer.understood}
            </Code>
          )}
          <Stack gap={6}>
            {answer.claims.map((claim, index) => (
              <Text key={index} fz="sm" title={claim.evidence.map((one) => `${one.uri} = ${one.value}`).join("\n")}>
                {claim.text}
              </Text>
            ))}
          </Stack>
          {answer.options.length === 0 ? null : (
            <Stack gap={4}>
              {answer.options.map((option) => (
                <UnstyledButton key={option} className="suggestion" onClick={() => ask(option)}>
                  {option}
                </UnstyledButton>
              ))}
            </Stack>
          )}
          <Group gap="xs">
            <Badge
              size="xs"
              variant="light"
              color={answer.outcome === "refuse" ? "red" : answer.outcome === "plan" ? "blue" : "gray"}
            >
              {answer.outcome}
            </Badge>
            {answer.change === undefined ? null : (
              <Anchor fz="sm" onClick={() => go(`/changes/${answer.change}`)}>
                Open {answer.change}
              </Anchor>
            )}
            <Text fz="xs" c="dimmed" title={answer.snapshot}>
              snapshot {answer.snapshot.slice(0, 8)}
            </Text>
          </Group>
        </>
      )}
    </Stack>
  );
}
