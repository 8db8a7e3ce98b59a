/** The moment of a run, and what clocks on the wall say then. */
export interface RunClock {
  readonly now: Date;
  /** As `Date.prototype.getTimezoneOffset` gives it; PyACI stamps local time. */
  readonly timeZoneOffsetMinutes: number;
}

export const clockAt = (now: Date): RunClock => ({ now, timeZoneOffsetMinutes: now.getTimezoneOffset() });

/** A date whose UTC fields are those of the clock on the wall. */
export const localTime = ({ now, timeZoneOffsetMinutes }: RunClock): Date =>
  new Date(now.getTime() - timeZoneOffsetMinutes * 60_000);
