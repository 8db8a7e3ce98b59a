/** A kind of image that exists in tests only: whatever is asked of it is answered from a layout that no other kind has. */
import { equalBytes, fromHex, hex } from '../../src/bytes.ts';
import { KnownError, reportOf } from '../../src/errors.ts';
import {
  CHIPS,
  formatNodeState,
  type Chip,
  type MemoryImage,
  type NodeState,
  type Patch,
  type Stretch,
} from '../../src/image/index.ts';
import type { CloneOption, EvidenceRow, EvidenceSection, ImageKind } from '../../src/kinds/index.ts';
import { choiceOf } from '../../src/kinds/options.ts';
import { elementsOf, type Identity, type StoredKey } from '../../src/mesh/index.ts';
import {
  CARD_SIZE,
  KEY_AT,
  MAGIC,
  pageOf,
  readLines,
  SUM_AT,
  sumOf,
  UICR_CARD,
  writeCard,
  writtenSum,
  type Line,
} from './toy-flash.ts';

const LAMP: CloneOption = {
  id: 'lamp',
  title: 'Lamp of a clone',
  summary: 'how bright its lamp is when it starts',
  place: 'main',
  default: 'as-donor',
  choices: [
    { value: 'as-donor', title: 'As the donor’s', explanation: 'Nothing is changed' },
    {
      value: 'percent-',
      title: 'Dimmed',
      explanation: 'In each clone alike',
      number: { title: 'Per cent', default: 50, lowest: 10, highest: 99 },
    },
  ],
};

const keyIn = (digits: string | undefined): StoredKey => (digits === 'sealed' ? 'sealed' : fromHex(digits!)!);
const KEY_DIGITS = /[0-9a-f]{32}/;

function stateOf(card: Uint8Array, lines: readonly Line[]): NodeState {
  const view = new DataView(card.buffer, card.byteOffset);
  const node = { unicast: view.getUint16(4), elementCount: view.getUint16(6) };
  const said = (what: string) =>
    lines
      .filter(({ text, struck }) => !struck && text.startsWith(`${what} `))
      .map(({ text }) => text.split(' '));
  return {
    provisioned: node.unicast !== 0,
    unicast: node.unicast === 0 ? null : elementsOf(node),
    elementCount: node.elementCount,
    deviceKeys: [{ owner: node.unicast, key: card.slice(KEY_AT, SUM_AT) }],
    netKeys: said('net').map(([, index, key]) => ({
      index: Number(index),
      key: keyIn(key),
      keyRefreshPhase: 0,
    })),
    appKeys: said('app').map(([, index, key]) => ({ index: Number(index), netKeyIndex: 0, key: keyIn(key) })),
    addresses: [],
    labelUuids: [],
    models: [],
    modelsKnown: false,
    ivIndex: Number(said('iv')[0]?.[1] ?? 0),
    ivUpdateInProgress: false,
    nextSequenceNumber: Number(said('seq')[0]?.[1] ?? 0),
  };
}

export const tornCard = (address: number, written: number, computed: number) =>
  new KnownError(
    'toy/torn-card',
    `The card at ${hex(address)} says ${written} and adds up to ${computed}.`,
    'Read the node out again.',
    { address, written, computed },
  );

const secretsOf = ({ address, text, struck }: Line): Stretch[] =>
  [...text.matchAll(new RegExp(KEY_DIGITS, 'g'))].map(({ index }) => ({
    address: address + index + (struck ? 1 : 0),
    length: 32,
  }));
const rowOfLine = (line: Line): EvidenceRow => ({
  address: line.address,
  length: line.length,
  key: line.text.split(' ')[0]!,
  label: 'line',
  text: line.text.replace(KEY_DIGITS, '…'),
  status: line.struck ? 'struck out' : 'in force',
  tone: line.struck ? 'dead' : 'live',
  secrets: secretsOf(line),
});
const rowOfCard = (address: number): EvidenceRow => ({
  ...{ address, length: CARD_SIZE, key: '', label: 'card', text: '', status: 'signed', tone: 'live' },
  secrets: [{ address: address + KEY_AT, length: 16 }],
});

function patch(
  image: MemoryImage,
  address: number,
  after: Uint8Array,
  what: Pick<Patch, 'purpose' | 'what' | 'secret'>,
): Patch {
  return { address, before: image.read(address, after.length).slice(), after, ...what };
}

export const toyKind: ImageKind = {
  id: 'toy',
  title: 'Toy with cards',
  releases: ['1', '2'],
  options: [LAMP],
  stillToRead: (image, chip) =>
    [
      { address: pageOf(chip), length: chip.pageSize },
      { address: UICR_CARD, length: CARD_SIZE },
    ].filter(({ address, length }) => !image.covers(address, length)),

  read(image, options) {
    const carries = (chip: Chip) => equalBytes(image.read(pageOf(chip), MAGIC.length), MAGIC);
    const chip = [options?.chip ?? CHIPS].flat().find(carries);
    if (!chip) return undefined;
    const page = pageOf(chip);
    const cards = [page, UICR_CARD].map((address) => ({ address, bytes: image.read(address, CARD_SIZE) }));
    const lines = readLines(image, chip);
    const state = stateOf(cards[0]!.bytes, lines);
    const torn = cards.find(({ bytes }) => sumOf(bytes) !== writtenSum(bytes));
    const refusal = torn && tornCard(torn.address, writtenSum(torn.bytes), sumOf(torn.bytes));
    const bottom = lines.at(-1)?.address ?? chip.flashSize;
    const live = lines.filter(({ struck }) => !struck).reduce((sum, { length }) => sum + length, CARD_SIZE);
    const rows = [rowOfCard(page), ...lines.map(rowOfLine).reverse()];
    const section = (address: number, length: number, rest: Partial<EvidenceSection>) => ({
      ...{
        address,
        length,
        title: 'card',
        label: 'card',
        usedBytes: CARD_SIZE,
        liveBytes: CARD_SIZE,
        note: '',
      },
      ...{ used: [{ address, length: CARD_SIZE }], rows: [rowOfCard(address)] },
      ...rest,
    });
    return {
      kind: toyKind,
      image,
      chip: { chip, certain: true, reasons: ['its last page opens with CARD'] },
      releases: { likely: ['2'], certain: false, reasons: ['there are two cards'] },
      regions: [
        { address: 0, length: page, use: 'code', kind: 'toy-firmware', title: 'Toy firmware' },
        { address: page, length: chip.pageSize, use: 'state', kind: 'toy-page', title: 'Card and lines' },
        { address: UICR_CARD, length: CARD_SIZE, use: 'state', kind: 'toy-card', title: 'Second card' },
      ],
      evidence: [
        section(page, chip.pageSize, {
          title: 'card and lines',
          usedBytes: CARD_SIZE + chip.flashSize - bottom,
          liveBytes: live,
          used: [
            { address: page, length: CARD_SIZE },
            { address: bottom, length: chip.flashSize - bottom },
          ],
          rows,
        }),
        section(UICR_CARD, CARD_SIZE, { title: 'second card', note: 'in the UICR' }),
      ],
      nextBoot: state,
      settled: state,
      sequenceBlock: 100,
      refusal: refusal ? reportOf(refusal) : null,
      exhibits: torn
        ? {
            note: 'The last four bytes of a card are the sum of the others.',
            rows: [{ ...rowOfCard(torn.address), marked: { address: torn.address + SUM_AT, length: 4 } }],
          }
        : null,
      findings: [{ severity: 'info', code: 'toy/two-cards', message: 'It carries two cards.', hint: '' }],
      landmarks: [{ name: 'CARD', address: page, says: 'who the node is' }],
      secrets: [...cards.flatMap(({ address }) => rowOfCard(address).secrets), ...lines.flatMap(secretsOf)],
      formerKeys: () =>
        lines.flatMap(
          ({ text, struck }) => (struck && text.startsWith('me ') && fromHex(text.slice(3))) || [],
        ),
      options: [LAMP],
      formatState: (one, show) => formatNodeState(one, show),
      details: ({ showKeys }) => ({
        lines: lines.map(({ text }) => (showKeys ? text : text.replace(KEY_DIGITS, 'hidden'))),
      }),
      prepare(choices) {
        if (refusal) throw refusal;
        const { number } = choiceOf(LAMP, choices);
        const lamp = lines.find(({ text }) => text.startsWith('lamp '))!;
        const dimmed = new TextEncoder().encode(`lamp ${String(number).padStart(3, '0')}`);
        const hygiene = { purpose: 'hygiene', what: 'device key of an earlier life', secret: true } as const;
        const former = lines.filter(({ text, struck }) => struck && KEY_DIGITS.test(text)).flatMap(secretsOf);
        const cardOf = (identity: Identity) => writeCard({ ...identity, elementCount: state.elementCount });
        return {
          movesOwnPublications: false,
          shared: [
            ...former.map(({ address }) => patch(image, address, new Uint8Array(32), hygiene)),
            ...(number === undefined
              ? []
              : [patch(image, lamp.address, dimmed, { purpose: 'option', what: 'lamp', secret: false })]),
          ],
          notes:
            number === undefined
              ? []
              : [{ severity: 'info', code: 'toy/dimmed', message: `Lamps start at ${number} %.`, hint: '' }],
          patchesFor: (identity) =>
            [page, UICR_CARD].map((address) =>
              patch(image, address, cardOf(identity), { purpose: 'identity', what: 'card', secret: true }),
            ),
          check(clone, identity) {
            const booted = toyKind.read(clone, { chip });
            const right = [page, UICR_CARD].every((at) =>
              equalBytes(clone.read(at, CARD_SIZE), cardOf(identity)),
            );
            if (!right || booted?.refusal || booted!.formerKeys().length > 0)
              throw new KnownError('toy/wrong-clone', 'It would not start as this node.', 'Report it.');
          },
        };
      },
      underFirmware: () => ({
        state: [
          { address: page, bytes: image.read(page, chip.pageSize) },
          { address: UICR_CARD, bytes: image.read(UICR_CARD, CARD_SIZE) },
        ],
        ownState: [],
        companions: [],
        findings: [],
        check: () => {},
      }),
    };
  },
};
