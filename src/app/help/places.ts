/** The places of the help: topics and their sections, by the names that stand in the address. */

export interface Topic {
  readonly name: string;
  readonly title: string;
  /** One line on what is to be found there. */
  readonly about: string;
  /** Words by which people look for it, and that title and sections do not have. */
  readonly words: string;
  readonly sections: readonly Section[];
}
export interface Section {
  readonly name: string;
  readonly title: string;
}

const topic = (
  name: string,
  title: string,
  about: string,
  words: string,
  sections: Readonly<Record<string, string>> = {},
): Topic => ({
  name,
  title,
  about,
  words,
  sections: Object.entries(sections).map(([section, heading]) => ({ name: section, title: heading })),
});

export const TOPICS: readonly Topic[] = [
  topic(
    'start',
    'From one node to many',
    'What a clone is, what a donor needs, and the way from one to the other.',
    'provision configure bind publication workflow guide',
    {
      clone: 'What a clone is',
      provision: 'A donor worth cloning',
      way: 'The way in five steps',
      password: 'A password for the zip',
    },
  ),
  topic(
    'readout',
    'Reading out a node',
    'Commands for the whole flash, sizes, and protected chips.',
    'nrfjprog nrfutil pyocd APPROTECT readback dump hex UICR registers bootloader address reset pin NFC donor from a board',
    {
      board: 'From its board, in the page',
      commands: 'The whole flash, and the UICR if it can be had',
      sizes: 'How much flash a chip has',
      protected: 'Protected chips',
      uicr: 'The user registers (UICR)',
    },
  ),
  topic(
    'database',
    'The network’s database',
    'Where PyACI and the apps keep it, and how the new one comes back.',
    'MeshDB JSON export import device keys',
    {
      pyaci: 'From PyACI',
      app: 'From nRF Mesh on a phone',
      back: 'Putting the new one in place',
    },
  ),
  topic(
    'kinds',
    'Several kinds of node',
    'Lights, switches and sensors of one network in one run.',
    'two donors another dump light switch sensor groups folders',
    {
      add: 'One donor each',
      out: 'What comes out',
    },
  ),
  topic(
    'update-firmware',
    'New firmware, same node',
    'Another firmware for a node without provisioning it again.',
    'update upgrade DFU migration SoftDevice flash area bootloader partition',
    {
      how: 'How it goes',
      where: 'Where a firmware looks for its state',
      releases: 'From one release to another',
    },
  ),
  topic(
    'on-board',
    'What is on this board?',
    'Any board, or a dump of one, held against journal, plan and database.',
    'check compare identify which clone record disagree put right FICR UUID set-uuid drift',
    {
      look: 'Looking at a board',
      compared: 'What is compared',
      next: 'What may be done then',
      check: 'The same of a file: check',
    },
  ),
  topic(
    'bench',
    'Onto boards',
    'What the bench promises, protected chips, lost cables, the journal.',
    'identity chip id verify erase CSV proof RTT log APPROTECT lock boot',
    {
      promises: 'What is promised',
      proof: 'Proof that a clone came up',
      protected: 'A protected chip',
      cable: 'When a cable or the page was lost',
      journal: 'The journal',
    },
  ),
  topic(
    'paper',
    'Labels and reports',
    'Printing labels, what their QR code says, and what a report is told from.',
    'sticker sheet roll QR print JSON A4 UUID',
    {
      labels: 'Labels',
      code: 'What the QR code says',
      report: 'The report',
    },
  ),
  topic(
    'probes',
    'Probes and development kits',
    'Drivers by system, kits by revision, three ways to a stock kit.',
    'J-Link SEGGER WinUSB Zadig udev driver CMSIS-DAP Raspberry Pi PCA10040 PCA10056 nRF52-DK SWD wiring',
    {
      systems: 'What your system needs',
      windows: 'Windows',
      linux: 'Linux',
      macos: 'macOS',
      chromeos: 'ChromeOS',
      android: 'Android',
      kits: 'Which kit is which',
      stock: 'A stock kit, as it is',
      daplink: 'DAPLink instead of the J-Link',
      external: 'An external probe',
    },
  ),
  topic(
    'radio',
    'A kit as the radio',
    'Provisioning from the page, and every clone proven on air, with a second kit.',
    'Web Serial PyACI examples/serial provision on air verify RSSI hops OOB ttyACM0 COM port',
    {
      firmware: 'Which firmware the kit needs',
      port: 'The serial port',
      provision: 'A device joins',
      verdicts: 'What the proof says',
      numbers: 'Addresses and sequence numbers',
    },
  ),
  topic(
    'console',
    'The serial console',
    'What firmware logs on the serial port of its kit, beside the boards or without any.',
    'Web Serial UART VCOM COM port ttyACM baud rate log RTT terminal Zephyr shell',
    {
      use: 'Listening',
      port: 'The port does not open',
      text: 'Nothing comes, or no text',
    },
  ),
  topic(
    'bluetooth',
    'This computer’s Bluetooth',
    'Provisioning without a second board, and every clone proven through one proxy.',
    'Web Bluetooth PB-GATT GATT proxy OOB pairing chooser BlueZ flag permission adapter 0x1827 0x1828',
    {
      nodes: 'Which firmware offers it',
      provision: 'A device joins',
      oob: 'Proof that it is the right one',
      proxy: 'One proxy to all others',
      systems: 'What your system needs',
    },
  ),
  topic(
    'browsers',
    'Browsers',
    'What Firefox and Safari cannot do, and the other ways.',
    'Chrome Edge WebUSB HTTPS',
  ),
  topic(
    'commands',
    'The command line',
    'The same engine without a browser.',
    'CLI cli.js terminal exit codes',
  ),
  topic(
    'troubleshooting',
    'When a clone does not answer',
    'Symptoms on the air, and what is behind them.',
    'unprovisioned sequence number replay symptoms',
  ),
  topic(
    'codes',
    'All codes',
    'Every code that can be shown, with its cause and its remedy.',
    'errors warnings findings',
  ),
  topic(
    'kept',
    'What is kept',
    'What this browser remembers, how that is protected, and how it forgets.',
    'privacy storage keys lock clear IndexedDB AES PBKDF2 unlock',
    {
      what: 'What this browser keeps',
      protection: 'How it is protected',
      shown: 'Secrets on the screen and in the clipboard',
      forget: 'Forget everything',
    },
  ),
  topic('keyboard', 'By keyboard', 'Keys of the bench screen and of the tour.', 'shortcuts'),
  topic('disclaimer', 'Disclaimer', 'Read this before you press.', 'qualification licence security'),
];

/** A topic, and the section of it that a path like `probes/windows` names. */
export function findPlace(
  path: string,
): { readonly topic: Topic; readonly section: Section | undefined } | undefined {
  const [name, part] = path.split('/');
  const found = TOPICS.find((one) => one.name === name);
  const section = found?.sections.find((one) => one.name === part);
  return found && (part === undefined || section) ? { topic: found, section } : undefined;
}

/**
 * Whether a text holds all words of a search, in any order and case, each at the beginning of one of its own.
 *
 * @returns `null` where nothing is searched for
 */
export function matcherFor(search: string): ((text: string) => boolean) | null {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return null;
  const startsIn = (text: string, word: string): boolean => {
    for (let at = text.indexOf(word); at !== -1; at = text.indexOf(word, at + 1)) {
      if (at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1]!)) return true;
    }
    return false;
  };
  return (text) => words.every((word) => startsIn(text.toLowerCase(), word));
}

/** Topics in whose title, line, sections or words the search is found. */
export function searchTopics(search: string): readonly Topic[] {
  const holds = matcherFor(search);
  if (!holds) return [];
  return TOPICS.filter(({ title, about, words, sections }) =>
    holds([title, about, words, ...sections.map((one) => one.title)].join(' ')),
  );
}
