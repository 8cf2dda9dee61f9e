/** Counters of one interface as its device reports them. */
export interface CounterSample {
  readonly device: string;
  readonly interface: string;
  /** Milliseconds since 1970, by the device's clock. */
  readonly at: number;
  readonly inOctets: number;
  readonly outOctets: number;
  readonly ecnMarked?: number;
  readonly pfcPauseRx?: number;
  readonly pfcPauseTx?: number;
  readonly inErrors?: number;
}
