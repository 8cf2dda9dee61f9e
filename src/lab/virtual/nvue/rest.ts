import { basicAuthorized, type HttpAnswer, type HttpCall } from "../door.ts";
import { ApiError, type NvueBox } from "./box.ts";
import { operationalTree } from "./operational.ts";
import type { Revision } from "./state.ts";
import {
  at,
  bodyProblem,
  childOf,
  differing,
  forbiddenKey,
  intentOf,
  isBranch,
  merged,
  without,
  wrap,
  type Tree,
} from "./tree.ts";

const base = "/nvue_v1";

/**
 * The REST API of NVUE.
 *
 * @source CumulusNetworks/docs content/cumulus-linux-5x/System-Configuration/NVUE/NVUE-API
 */
export function answerRest(box: NvueBox, call: HttpCall): HttpAnswer {
  try {
    return route(box, call);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return problem(error.status, error.message);
  }
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
};

const problem = (status: number, detail: string): HttpAnswer => ({
  status,
  body: { type: "about:blank", title: titles[status] ?? "Error", status, detail },
});

function route(box: NvueBox, call: HttpCall): HttpAnswer {
  if (!authorized(box, call))
    return { ...problem(401, "Authorization required"), headers: { "www-authenticate": 'Basic realm="NVUE"' } };
  if (box.state.factoryPassword) throw new ApiError(403, "Change the factory password of this user first");
  if (call.path !== base && !call.path.startsWith(`${base}/`))
    throw new ApiError(404, "The requested URL was not found");
  const path = call.path
    .slice(base.length)
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  if (path.some(forbiddenKey)) throw new ApiError(400, "That is no path");
  if (path[0] === "api-token") return { status: 200, body: { token: box.issueToken() } };
  if (path[0] === "revision") return revisions(box, call, path.slice(1));
  if (path[0] === "action") throw new ApiError(404, "This virtual device has no actions");
  return configuration(box, call, path);
}

function authorized(box: NvueBox, { headers }: HttpCall): boolean {
  const bearer = /^bearer (.+)$/i.exec(headers.authorization ?? "");
  return bearer ? box.tokenValid((bearer[1] ?? "").trim()) : basicAuthorized(headers.authorization, box.world);
}

function bodyOf(call: HttpCall): Tree {
  if (call.body.trim() === "") return {};
  let body: Tree;
  try {
    body = JSON.parse(call.body) as Tree; // JSON is what a tree is made of
  } catch {
    throw new ApiError(400, "The request body is not JSON");
  }
  const wrong = bodyProblem(body);
  if (wrong !== undefined) throw new ApiError(400, wrong);
  return body;
}

const shown = ({ state, progress, issue, message }: Revision): Record<string, unknown> => ({
  state,
  ...(message === undefined ? {} : { message }),
  transition: {
    // Keyed by number: 00000, 00001, ...
    issue: Object.fromEntries(issue.map((each, index) => [String(index).padStart(5, "0"), each])),
    progress,
  },
});

function revisions(box: NvueBox, call: HttpCall, path: readonly string[]): HttpAnswer {
  // Ids of old releases have slashes in them (`changeset/cumulus/...`), encoded or not.
  const id = path.length === 0 ? undefined : path.join("/");
  if (id === undefined) {
    if (call.method === "GET")
      return {
        status: 200,
        body: Object.fromEntries(box.state.revisions.map((revision) => [revision.id, shown(revision)])),
      };
    if (call.method !== "POST") throw new ApiError(405, "GET or POST");
    const revision = box.createRevision(call.query.get("base_rev") ?? "applied");
    return { status: box.newStyle ? 201 : 200, body: { [revision.id]: shown(revision) } };
  }
  const revision = box.revision(id);
  if (!revision) throw new ApiError(404, `revision '${id}' does not exist`);
  if (call.method === "GET") return { status: 200, body: shown(revision) };
  if (call.method === "DELETE") {
    box.deleteRevision(id);
    return box.newStyle ? { status: 204 } : { status: 200, body: {} };
  }
  if (call.method !== "PATCH") throw new ApiError(405, "GET, PATCH or DELETE");
  return { status: 200, body: transition(box, revision, bodyOf(call)) };
}

/** What a PATCH on a revision asks for: apply, save, an answer to a prompt, or going back. */
function transition(box: NvueBox, revision: Revision, body: Tree): Record<string, unknown> {
  const state = childOf(body, "state");
  const message = childOf(body, "message");
  if (typeof message === "string") {
    revision.message = message.slice(0, 1024);
    box.save();
    if (state === undefined) return shown(revision);
  }
  const prompts = childOf(body, "auto-prompt");
  const ays = childOf(prompts, "ays");
  const confirmPrompt = childOf(prompts, "confirm");
  const waiting = box.state.confirm?.revision === revision.id;
  if (waiting) {
    const no = state === "confirm_no" || state === "confirm_fail" || ays === "ays_no" || confirmPrompt === "confirm_no";
    if (no) box.rollBack("rolled back on request");
    else if (state === "confirm_yes" || state === "apply" || state === "ays_yes") box.confirm(revision);
    return shown(revision);
  }
  if (revision.state === "ays") {
    if (ays === "ays_yes" || state === "ays_yes") box.answerAys(revision, true);
    else if (ays === "ays_no" || state === "ays_no") box.answerAys(revision, false);
    return shown(revision);
  }
  if (state === "save") {
    if (revision.id !== box.state.applied) throw new ApiError(400, `revision '${revision.id}' is not applied`);
    box.saveStartup();
    return shown(revision);
  }
  if (state === "pending" && revision.id !== box.state.applied && box.state.applying?.revision !== revision.id) {
    box.change(revision, revision.tree);
    return shown(revision);
  }
  if (state !== "apply") throw new ApiError(400, `can't go to state ${JSON.stringify(state)} from '${revision.state}'`);
  if (revision.id === box.state.applied) return shown(revision);
  const seconds = at(body, ["state-controls", "confirm"]);
  if (seconds !== undefined && (typeof seconds !== "number" || !(seconds > 0)))
    throw new ApiError(400, "confirm is a number of seconds");
  box.apply(revision, {
    ays: ays === "ays_yes",
    autoConfirm: confirmPrompt === "confirm_yes",
    ...(typeof seconds === "number" ? { confirmSeconds: seconds } : {}),
  });
  return shown(revision);
}

function configuration(box: NvueBox, call: HttpCall, path: readonly string[]): HttpAnswer {
  if (call.method === "GET") return read(box, call, path);
  if (call.method === "PATCH") {
    const revision = box.openRevision(call.query.get("rev"));
    const body = bodyOf(call);
    if (path.length === 0 && !isBranch(body)) throw new ApiError(400, "The root is an object");
    const { sets, unsets } = intentOf(body);
    if (sets && unsets) throw new ApiError(400, "A request sets or unsets, not both");
    // In either case null takes away, and the parents of what is taken stay.
    const tree = merged(revision.tree, wrap(path, body));
    const issue = box.schemaIssue(revision.tree, tree);
    if (issue) throw new ApiError(400, `${issue.reason} - '${issue.location.slice(1).replaceAll("/", ".")}'`);
    box.change(revision, tree);
    return { status: 200, body: box.newStyle ? body : (at(revision.tree, path) ?? {}) };
  }
  if (call.method === "DELETE") {
    const revision = box.openRevision(call.query.get("rev"));
    box.change(revision, without(revision.tree, path));
    return box.newStyle ? { status: 204 } : { status: 200, body: {} };
  }
  throw new ApiError(405, "GET, PATCH or DELETE");
}

function read(box: NvueBox, call: HttpCall, path: readonly string[]): HttpAnswer {
  const tree = treeOf(box, call.query.get("rev") ?? "operational");
  const other = call.query.get("diff");
  const found = at(tree, path);
  if (other !== null) return { status: 200, body: differing(found, at(treeOf(box, other), path)) ?? {} };
  if (found === undefined) throw new ApiError(404, "The requested item does not exist.");
  return { status: 200, body: found };
}

function treeOf(box: NvueBox, rev: string): Tree {
  if (rev === "operational") return operationalTree(box);
  if (rev === "startup") return box.state.startup;
  if (rev === "pending")
    return (box.state.revisions.findLast(({ state }) => state === "pending") ?? box.revision("applied"))?.tree ?? {};
  const revision = box.revision(rev);
  if (!revision) throw new ApiError(404, `revision '${rev}' does not exist`);
  return revision.tree;
}
