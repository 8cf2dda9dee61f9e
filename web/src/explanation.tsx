import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { api } from "./api.ts";
import { Failed, Waiting } from "./parts.tsx";

interface Part {
  readonly text: string;
  readonly depth: number;
  readonly parts: Part[];
}

/** A figure as the tree of all that it was made from, down to prices and their sources. */
export function Explanation({ figure }: { figure: string }) {
  const { data, error } = useQuery({ queryKey: ["explain", figure], queryFn: () => api.explain(figure) });
  if (error) return <Failed what="This figure can't be explained" error={error} />;
  if (data === undefined) return <Waiting rows={4} />;
  return (
    <div className="explained">
      {treeOf(data.explanation ?? "").map((part, index) => (
        <PartView key={index} part={part} />
      ))}
    </div>
  );
}

/** The indented text as a tree. */
function treeOf(text: string): Part[] {
  const roots: Part[] = [];
  const above: Part[] = [];
  for (const line of text.split("\n").filter((one) => one.trim() !== "")) {
    const part: Part = { text: line.trim(), depth: line.length - line.trimStart().length, parts: [] };
    while ((above.at(-1)?.depth ?? -1) >= part.depth) above.pop();
    (above.at(-1)?.parts ?? roots).push(part);
    above.push(part);
  }
  return roots;
}

function PartView({ part, level = 0 }: { part: Part; level?: number }) {
  if (part.parts.length === 0)
    return (
      <div className="leaf">
        <Line text={part.text} />
      </div>
    );
  return (
    <details open={level < 2}>
      <summary>
        <Line text={part.text} />
      </summary>
      {part.parts.map((one, index) => (
        <PartView key={index} part={one} level={level + 1} />
      ))}
    </details>
  );
}

/** `name = value [grade] how it was made, or whence it comes`. */
function Line({ text }: { text: string }) {
  const found = /^(.{1,200}?) = (.{1,80}?) \[(\w+)\] ?(.*)$/.exec(text);
  if (found === null) return text;
  const [, name, value, grade, rest] = found;
  return (
    <>
      {name} <b className="figure">{value}</b>{" "}
      <Text span fz="xs" c="dimmed">
        {grade}
        {rest === "" ? "" : `, ${rest}`}
      </Text>
    </>
  );
}
