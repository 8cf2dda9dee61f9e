/**
 * Dies at once, as in a power cut, after the nth journal event of this process: for drills and tests
 * (`HEDDLE_CRASH_AFTER=7 npm start`). Without the variable it does nothing.
 */
export function crashDrill(environment: NodeJS.ProcessEnv): () => void {
  const after = Number(environment["HEDDLE_CRASH_AFTER"]);
  if (!Number.isInteger(after) || after < 1) return () => {};
  let seen = 0;
  return () => {
    if (++seen === after) process.kill(process.pid, "SIGKILL");
  };
}
