/** Names that somebody may have given a thing, each with something that a screen could fall for. */
export const HOSTILE = {
  markup: `<img src=x onerror="document.title='alive'"><script>document.title='alive'</script>&lt;b&gt;`,
  /** Turned round from its middle on, where it is obeyed. */
  turned: 'lamp\u202e5500x0\u2066\u200f',
  hebrew: 'נורה בסלון 12',
  arabic: 'مِصباحُ المطبخ',
  endless: 'ABCDEFGHIJ'.repeat(1000),
  words: 'a lamp in the hall '.repeat(530),
  marked: `e${'\u0301\u0316'.repeat(80)}`,
  joined: Array<string>(160).fill('\u{1f469}').join('\u200d'),
  syllable: '\u1100'.repeat(1000),
} as const;
