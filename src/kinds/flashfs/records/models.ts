/** Records of the models: counts, then one state each; no keys and no addresses. Source: nRF5 SDK for Mesh, models/model_spec. */
import { arrayOf, bytes, struct, u16 } from '../../../bytes.ts';
import { WORD_SIZE } from '../container.ts';
import { growingRow, layout, one, row } from './row.ts';

const modelCounts = (count: number) => layout(struct({ counts: arrayOf(u16, count) }));
const modelState = (name: string, first: number, last: number) =>
  growingRow<unknown>(
    name,
    [first, last],
    1,
    (lengthWords) => layout(struct({ state: bytes(WORD_SIZE * (lengthWords - 1)) })),
    (_, index) => `instance ${index}`,
  );
export const modelRowsV4 = {
  metadata: row('model counts', one(0x0001), [modelCounts(3)], ({ counts }) => counts.join(', ')),
  lightness: modelState('light lightness', 0x1000, 0x10ff),
  lightControl: modelState('light LC', 0x1100, 0x12ff),
  ctl: modelState('light CTL', 0x1300, 0x13ff),
  scene: modelState('scene', 0x1400, 0x26ff),
};
export const modelRowsV5 = {
  metadata: row('model counts', one(0x0001), [modelCounts(7)], ({ counts }) => counts.join(', ')),
  lightness: modelState('light lightness', 0x1000, 0x10ff),
  lightControl: modelState('light LC', 0x1100, 0x20ff),
  ctl: modelState('light CTL', 0x2100, 0x22ff),
  scene: modelState('scene', 0x2300, 0x23ff),
  onOff: modelState('generic OnOff', 0x2400, 0x24ff),
  level: modelState('generic level', 0x2500, 0x25ff),
  transitionTime: modelState('default transition time', 0x2600, 0x26ff),
};
