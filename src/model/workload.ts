/** What runs on the factory, as far as the network and the bill need to know. Names are given by tenants: foreign text. */
export type Workload = TrainingJob | InferenceService;

export interface Model {
  readonly name: string;
  readonly parameters: number;
  /** Bytes of one parameter as communicated. */
  readonly bytesPerParameter: number;
  readonly layers: number;
  readonly hiddenSize: number;
  /** Key and value cache of one token, all layers. Absent: derived, with eight queries to a key as in the 70B class. */
  readonly kvBytesPerToken?: number;
}

export interface Dataset {
  readonly name: string;
  readonly bytes: number;
  /** Storage hosts that hold it. */
  readonly hosts: readonly string[];
}

export interface TrainingJob {
  readonly kind: "training";
  readonly name: string;
  readonly tenant: string;
  readonly model: Model;
  readonly dataset?: Dataset;
  readonly hosts: readonly string[];
  readonly gpusPerHost: number;
  readonly parallelism: { readonly tensor: number; readonly pipeline: number; readonly data: number };
  /** Time of one step with no waiting for the network, milliseconds. */
  readonly computeMs: number;
  readonly tokensPerStep: number;
  readonly state: WorkloadState;
}

export interface InferenceService {
  readonly kind: "inference";
  readonly name: string;
  readonly tenant: string;
  readonly model: Model;
  readonly hosts: readonly string[];
  readonly gpusPerHost: number;
  readonly prefillHosts: readonly string[];
  readonly decodeHosts: readonly string[];
  readonly requestsPerSecond: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly state: WorkloadState;
}

export type WorkloadState = "queued" | "starting" | "running" | "ending" | "ended";
