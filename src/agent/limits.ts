/** Orders that no wording makes acceptable. */
interface Refusal {
  readonly cue: RegExp;
  readonly reason: string;
}

export const refusals: readonly Refusal[] = [
  {
    cue: /\b(skip|without|bypass|ignore|forget|override)\b.{0,24}\bapprov/,
    reason: "An approval can't be skipped: it binds exactly what was planned and proved, and a person gives it.",
  },
  {
    cue: /\b(reload|reboot|restart|factory[- ]reset|write erase|rm -rf)\b/,
    reason:
      "Heddle has no operation that runs raw commands on a device. Everything that alters the network is a Change.",
  },
  {
    cue: /\b(e-?mail|send|post|forward|text|slack)\b.{0,24}\b(me|him|her|them|us|to|invoices?|bills?|reports?)\b/,
    reason: "Heddle has no way out: it sends nothing to anyone. Read it here, within your own rights.",
  },
  {
    cue: /\b(passwords?|secrets?|private keys?|credentials?|(?:api|access|bearer|admin|his|her|their) tokens?)\b/,
    reason: "Secrets are never shown.",
  },
  {
    cue: /\b(disable|turn off|switch off|stop|delete|drop)\b.{0,24}\b(audit|journal|guard|isolation|proof|acls?)\b/,
    reason: "Audit, journal, guard and proof stand in front of every Change. Nothing turns them off.",
  },
];

/** What people ask of a network that no record of Heddle holds. */
interface Limit {
  readonly cue: RegExp;
  readonly missing: string;
  /** A frame's operation that comes nearest. */
  readonly near?: readonly string[];
}

export const limits: readonly Limit[] = [
  {
    cue: /\bhumidity|\btemperature|\bthermal|\bhot aisle|\bfans?\b|\bleak detect/,
    missing: "readings of the room, of fans or of temperatures",
  },
  {
    cue: /\bfec\b|\bbit errors?\b|\bber\b|\btransceivers?\b|\boptics?\b|\blight levels?\b|\bdbm\b/,
    missing: "optics' part numbers, batches, light levels or FEC counters",
    near: ["link.list"],
  },
  {
    cue: /\b(os|nos|firmware|software) (version|release|image)s?\b|\bfirmware\b|\bupgrade/,
    missing: "software versions, and it has no operation that upgrades a device",
    near: ["device.health"],
  },
  { cue: /\bserials?( numbers?)?\b/, missing: "serial numbers", near: ["device.health"] },
  {
    cue: /\balarms?\b|\bincidents?\b|\btickets?\b/,
    missing: "alarms or incidents as a history",
    near: ["fabric.verify", "change.list"],
  },
  {
    cue: /\bflap|\bup and down\b/,
    missing: "links' ups and downs over time, and it has no operation that shuts a port",
    near: ["link.list"],
  },
  {
    cue: /\bshut\b.{0,12}\bport|\bshutdown\b/,
    missing: "an operation that shuts a port; `heddle device replace` plans a whole configuration",
  },
  {
    cue: /\bdrain\b|\bcordon\b|\brma\b|\bmigrate\b/,
    missing: "an operation that drains a host or moves a job",
    near: ["place.suggest", "device.health"],
  },
  {
    cue: /\becn\b.{0,30}\b(threshold|min|max)\b|\b(raise|lower|set|tune)\b.{0,30}\b(threshold|ecn|pfc|buffer|mtu)/,
    missing: "an operation for single QoS values; `heddle device replace` plans a whole configuration",
  },
  {
    cue: /\bcap\b|\b(set|change|lower|raise)\b.{0,20}\bquota/,
    missing: "an operation that sets quotas",
    near: ["usage.show"],
  },
  {
    cue: /\bjump\b.{0,20}\b(ahead|queue)|\bpriorit|\bpreempt|\bahead of\b/,
    missing: "the scheduler's queue, and it never reorders it",
    near: ["job.list"],
  },
  {
    cue: /\bstragglers?\b|\bper[- ]rank\b|\bslowest (node|rank|gpu)\b/,
    missing: "step times of single ranks",
    near: ["job.explain"],
  },
  {
    cue: /\bttft\b|\btime to first token\b|\bp9\d\b|\blatenc/,
    missing: "measured latencies of services; step and request times are modelled",
    near: ["job.explain"],
  },
  { cue: /\bbudgets?\b/, missing: "budgets", near: ["cost.tenant", "cost.show"] },
  {
    cue: /\binvoices?\b|\bbills?\b.*\b(month|year|quarter)|\boverdue\b/,
    missing: "invoices; it knows what is due per hour now",
    near: ["cost.tenant", "cost.show"],
  },
  {
    cue: /\bkwh\b|\bpower draw\b|\bwatts?\b|\benergy\b|\belectricity\b/,
    missing: "measured power",
    near: ["cost.show"],
  },
  {
    cue: /\btimesheets?\b|\bholidays?\b|\bon[- ]call\b|\bsalar/,
    missing: "anything about people but who called which operation",
  },
  {
    cue: /\bdescriptions?\b/,
    missing:
      "descriptions as facts: they are text that others write. `heddle device config NAME` shows the configuration",
    near: ["device.config"],
  },
  {
    cue: /\bforecast|\bpredict|\bprojection|\bkeep going like this\b|\btrend/,
    missing: "forecasts; it knows what is due per hour now",
    near: ["cost.tenant", "cost.show"],
  },
  { cue: /\bweather\b|\bstock\b|\bnews\b/, missing: "anything outside this factory" },
];

/** Said where there is more than one log, and none that holds everything. */
export const logQuestion = {
  cue: /\blogs?\b|\bsyslog\b/,
  question:
    "Which log? Heddle keeps the audit of who called what, and the journal of each Change. Devices' own syslog is not collected.",
};

/** Acts are a person's: the words get the command and nothing is done. */
export const acts: readonly { readonly cue: RegExp; readonly verb: "approve" | "apply" | "rollback" }[] = [
  { cue: /\b(roll(ing)?[- ]?back|revert|undo|back out)\b/, verb: "rollback" },
  { cue: /^(please |go |now |ok |just |and )*(approve|sign off|confirm)\b|\bplease approve\b/, verb: "approve" },
  {
    cue: /^(please |go |now |ok |just |and )*(apply|deploy|push|execute|commit|roll out|ship)\b|\bplease apply\b/,
    verb: "apply",
  },
];
