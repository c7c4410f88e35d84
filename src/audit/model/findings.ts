import { type Static, Type } from 'typebox';
import { type DeepReadonly, Nullable } from '../../util/index.ts';
import { SeveritySchema } from './policy.ts';

const Text = Type.String();
const Texts = Type.Array(Text);
const Whole = Type.Integer();
const Flag = Type.Boolean();

/** One of `PROOF_LEVELS`. */
export const Level = Type.Union([
  Type.Literal('L0'),
  Type.Literal('L1'),
  Type.Literal('L2'),
  Type.Literal('L3'),
  Type.Literal('L4'),
  Type.Literal('L5'),
]);

const ChosenAt = Type.Object({
  /** Name of the file, without folders. */
  file: Text,
  line: Whole,
  /** The line as it stands, without indentation. */
  text: Text,
  /** What it would have to say for the base image of before; null when nothing is known of before. */
  before: Nullable(Text),
});
/** The line of a definition file that chose a base image: the one to revert. */
export type ChosenAt = DeepReadonly<Static<typeof ChosenAt>>;

const FindingOrigin = Type.Object({
  /** 1 is the lowest. */
  layer: Whole,
  /** Layers of the base image, or of the image itself where no base has the layer. */
  layers: Whole,
  digest: Text,
  diffId: Text,
  chainId: Text,
  /** Name of the base image that brought the layer in; null where it is the image's own. */
  base: Nullable(Text),
  /** `shared`: no image is known that ends there, the name is made of the chain id. */
  baseKind: Nullable(Type.Union([Type.Literal('known'), Type.Literal('image'), Type.Literal('shared')])),
  /** The longest base image below this layer: it does not have what was found. */
  below: Nullable(Text),
  /** Where the base image was chosen, as far as the caller said. */
  chosenAt: Nullable(ChosenAt),
  /** The instruction that the layer is recorded under; empty when the history does not tell. */
  createdBy: Text,
  /** Instructions that may have brought it in; more than one means "one of these". */
  instructions: Texts,
  /** Ids of the repositories that dnf's history names for it; empty where there is no such history. */
  repositories: Texts,
  /** Command lines of dnf that its history names for it. */
  commands: Texts,
});
/** Where a finding came in: a layer, the base image it belongs to, and what wrote it. */
export type FindingOrigin = DeepReadonly<Static<typeof FindingOrigin>>;

const FindingImage = Type.Object({
  name: Text,
  digest: Text,
  /** Layers of this image. */
  layers: Whole,
  /** 1-based layer that hides it again, although its bytes stay in the image; null when it is visible. */
  hiddenBy: Nullable(Whole),
  /**
   * How it is known to be there: by the layer itself, or, where the layers were flattened into one, by packages of the
   * same transactions as in the base image (spec audit.md § 4.2, source 7).
   */
  by: Type.Union([Type.Literal('layer'), Type.Literal('transactions')]),
  /** Exceptions that cover it in this image. */
  exceptions: Texts,
  /** The accepted baseline has it. */
  accepted: Flag,
});
export type FindingImage = DeepReadonly<Static<typeof FindingImage>>;

export const FindingPackage = Type.Object({
  name: Text,
  nevra: Text,
  header: Text,
  vendor: Nullable(Text),
  buildHost: Nullable(Text),
  license: Nullable(Text),
  sourceRpm: Nullable(Text),
  signer: Nullable(Text),
  proof: Level,
});
export type FindingPackage = DeepReadonly<Static<typeof FindingPackage>>;

const FindingSubject = Type.Object({
  /** NEVRA, path, or name of an image; empty for the policy itself. */
  label: Text,
  /** What was seen, a clause without a full stop. */
  message: Text,
  package: Nullable(FindingPackage),
  /** The repository that dnf's history names for it. */
  repository: Nullable(Text),
  evidence: Texts,
  /** Other rules that fire for it here, worst first. */
  also: Texts,
  /** What stays the same when the image is built again, one for each place: a baseline holds these. */
  keys: Texts,
});
/** One thing that a finding is about: a package, a file, an image. */
export type FindingSubject = DeepReadonly<Static<typeof FindingSubject>>;

export const Finding = Type.Object({
  /** `RULE:` and 16 hex digits; the same origin and subjects give the same id in every report. */
  id: Text,
  rule: Text,
  title: Text,
  severity: SeveritySchema,
  /**
   * `excepted`: exceptions cover it in every image; `known`: where they do not, the accepted baseline has it. Only
   * open findings count for the verdict.
   */
  status: Type.Union([Type.Literal('open'), Type.Literal('excepted'), Type.Literal('known')]),
  /** What was seen, one sentence without origin. */
  message: Text,
  origin: Nullable(FindingOrigin),
  /** Sorted by name; empty for findings about the policy itself. */
  images: Type.Array(FindingImage),
  /** Sorted by label; at least one. */
  subjects: Type.Array(FindingSubject),
});
/**
 * One finding per rule and origin: whatever one layer brought into however many images is one finding, that lists the
 * things and the images (spec audit.md § 4.4, § 6.2).
 */
export type Finding = DeepReadonly<Static<typeof Finding>>;
