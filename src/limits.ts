/**
 * How much Meshpress takes of each kind of input: stated once, checked before the cost, quoted by errors and documents.
 *
 * Each is several times what a real network and the largest chip of the family need. Under it, work and memory grow no
 * faster than the input: `npm run bench:inputs` prints by how much. `docs/reliability.md` has this table in words.
 */

/** Bytes of a megabyte. */
export const MEGABYTE = 2 ** 20;

export const LIMITS = {
  /** Files given at once: a dump in parts, and databases. */
  files: 64,
  /** Bytes of one file as it lies on disk, packed or not. */
  fileBytes: 64 * MEGABYTE,
  /** Bytes of all files given at once. */
  givenBytes: 128 * MEGABYTE,
  /** Bytes of a gzip file unpacked. */
  unpackedBytes: 64 * MEGABYTE,
  /** Bytes of all parts of a dump together, unpacked. */
  dumpBytes: 64 * MEGABYTE,
  /** Characters of an Intel HEX file. The 1 MB flash of an nRF52840 makes 2.8 million. */
  hexCharacters: 32 * MEGABYTE,
  /** Stretches with gaps between them that a dump may define. Read-outs have one to some hundred. */
  hexStretches: 100_000,
  /** Bytes of a raw binary. */
  binaryBytes: 16 * MEGABYTE,
  /** Bytes of a database: some 60,000 nodes, twice what fits a network. */
  databaseBytes: 64 * MEGABYTE,
  /** Levels of a database's JSON. Node, element, model, publication and period take nine. */
  jsonDepth: 50,
  /** Nodes of a database: one for each unicast address. */
  nodes: 32_767,
  /** Values that the JSON of a database may hold in any case: some 6,000 nodes … */
  jsonValues: 500_000,
  /** … and beyond them one for each so many characters. Databases on one line have about 14 for each, indented ones 30. */
  jsonCharactersPerValue: 7,
  /** Members of one object of a database. A node has some twenty. */
  jsonMembers: 1_000,
  /** Faults of one kind that are told one by one; the others are counted. */
  findingsOfOneKind: 1_000,
  /** Characters of a table (CSV). A row for every unicast address, full of long names, has half of it. */
  tableCharacters: 16 * MEGABYTE,
  /** Cells of one row. */
  tableCells: 1_000,
  /** Rows of a table of values for clones: one for each unicast address beside the donor's. */
  tableRows: 32_766,
  /**
   * Of a journal's file, so that what is stored of it never weighs on the page. A network of 15-bit addresses that is filled with
   * clones of one element, each with twice the three records of a good run, is within them.
   */
  journal: {
    bytes: 100 * MEGABYTE,
    records: 200_000,
    /** UTF-16 code units of a name, a probe or a run. */
    text: 1024,
    /** A node tells its number of elements in one byte. Source: Mesh Profile 1.0.1, 5.4.1.2 Provisioning Capabilities. */
    elements: 255,
    /** Chips that one identity may be on at once. One is right; more are what journals that contradict each other say. */
    chips: 64,
  },
} as const;

/** `64 MB`; with one decimal below ten. */
export const megabytes = (bytes: number): string => {
  const value = bytes / MEGABYTE;
  return `${value < 10 && !Number.isInteger(value) ? value.toFixed(1) : Math.round(value)} MB`;
};
