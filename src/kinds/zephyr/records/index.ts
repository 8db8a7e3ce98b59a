/** What settings of a node mean: every record that is read, and the words for one that is not. */
import { CDB_ROWS } from './cdb.ts';
import { HOST_ROWS } from './host.ts';
import { MODEL_ROWS } from './models.ts';
import { NETWORK_ROWS } from './network.ts';
import { opaqueRow, type AnySettingRow } from './row.ts';

export * from './cdb.ts';
export * from './host.ts';
export * from './models.ts';
export * from './network.ts';
export { decodeRecord, keySpans, type AnySettingRow, type KeyReference, type SettingRow } from './row.ts';

/** Every record that is read, in no order; a name that none matches belongs to the application or is unknown. */
const ROWS: readonly AnySettingRow[] = [...NETWORK_ROWS, ...MODEL_ROWS, ...CDB_ROWS, ...HOST_ROWS];

const unknownMeshRow = opaqueRow('unknown record of the mesh', /^bt\//);
export const applicationRow = opaqueRow('application record', /^/);

/** The row of a name, and the parts of the name that it reads. */
export function findRow(name: string): { readonly row: AnySettingRow; readonly parts: readonly string[] } {
  for (const one of ROWS) {
    const match = one.pattern.exec(name);
    if (match) return { row: one, parts: match.slice(1) };
  }
  return { row: name.startsWith('bt/') ? unknownMeshRow : applicationRow, parts: [] };
}
