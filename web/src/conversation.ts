import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "./api.ts";
import type { Answer } from "./types.ts";

export interface Turn {
  readonly question: string;
  readonly answer?: Answer;
  readonly error?: string;
}

export interface Conversation {
  readonly turns: readonly Turn[];
  readonly pending: boolean;
  readonly ask: (question: string) => void;
  readonly clear: () => void;
}

/** What was asked and answered. It lives above the pages, so that it outlasts them. */
export function useConversation(): Conversation {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const asking = useMutation({
    mutationFn: api.ask,
    onSettled: (answer, error, question) =>
      setTurns((before) => [
        ...before.slice(0, -1),
        { question, ...(answer === undefined ? {} : { answer }), ...(error === null ? {} : { error: error.message }) },
      ]),
  });
  return {
    turns,
    pending: asking.isPending,
    clear: () => setTurns([]),
    ask: (question) => {
      if (question.trim() === "" || asking.isPending) return;
      setTurns((before) => [...before, { question: question.trim() }]);
      asking.mutate(question.trim());
    },
  };
}
