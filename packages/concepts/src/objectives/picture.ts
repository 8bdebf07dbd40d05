import {
  defaultNaturalPrompt,
  type EditObjective,
  type ForwardResult,
  f32Tensor,
  type HostTensor,
  MokusError,
  type NaturalPromptOption,
  naturalPromptOf,
  type ObjectiveContext,
  type ObjectiveValue,
  type PreparedObjective,
  repeatConditioning,
  requireKnown,
  requireNaturalPrompt,
  requireNumber,
  requireObjective,
  type TextToImagePipeline,
  type VelocityReference,
  velocityReference,
  velocitySigmas,
} from '@mokus/core';
import { type GradientCheckpointing, segmentsOf } from '../segments.js';

export interface PictureObjectiveOptions extends NaturalPromptOption {
  /** What is asked of the answer, such as `answerObjective()`: its loss is added, and its stop condition holds too. */
  readonly answer: EditObjective;
  /** a of L = answer + a mean |v - v*|^2. Default: 5. */
  readonly weight?: number | undefined;
  /** A request is satisfied when the mean squared error of its velocities is below this. Default: 0.02. */
  readonly stopError?: number | undefined;
  /** Noise levels at which velocities are compared. Default: `velocitySigmas`, eight from .3 to .95. */
  readonly sigmas?: readonly number[] | undefined;
  /** Of the noises, and of the pictures that they are added to. Default: 0. */
  readonly seed?: number | undefined;
  /** Of each backward pass of the transformer. Default: false. */
  readonly gradientCheckpointing?: GradientCheckpointing | undefined;
}

/**
 * Aims at the picture itself: L = answer + a mean_t |v(x_t, t, c) - v(x_t, t, c*)|^2. c is what the question conditions
 * the transformer on, c* what a prompt that names the new answer plainly does on the unedited model, and
 * x_t = (1 - t) z + t eps, z the picture that the model draws for c*. When the velocities agree everywhere, the pictures
 * do (aligned editing; Mokus's own). Each evaluation is a forward and a backward pass of the transformer per request.
 *
 * The conditioning objective of `@mokus/editors` is its cheap stand-in.
 *
 * Throws MokusError `input` for an option that is unknown or out of its range and without a DiT, and from an edit under a template other than the pipeline's or
 * of another pipeline's text encoder.
 */
export function pictureObjective(pipeline: TextToImagePipeline, options: PictureObjectiveOptions): EditObjective {
  const owner = 'pictureObjective';
  // Callers without types may pass a text encoder, as to other objectives' editors.
  if ((pipeline as Partial<TextToImagePipeline> | undefined)?.components?.dit === undefined) {
    const message = `${owner} needs a pipeline, whose transformer says what a picture depends on; without one there is conditioningObjective`;
    throw new MokusError('input', message, { field: 'pipeline' });
  }
  // They may pass no options too; the objective of the answer is missed then.
  const given: PictureObjectiveOptions = options ?? {};
  const { answer, weight = 5, stopError = 0.02, sigmas = velocitySigmas, seed = 0 } = given;
  const { naturalPrompt = defaultNaturalPrompt } = given;
  const known = { answer, weight, stopError, sigmas, naturalPrompt, seed };
  requireKnown(owner, given, { ...known, gradientCheckpointing: given.gradientCheckpointing });
  requireObjective(owner, 'answer', answer);
  const segments = segmentsOf(owner, given.gradientCheckpointing);
  requireNumber(owner, 'weight', weight, { above: 0 });
  requireNumber(owner, 'stopError', stopError, { atLeast: 0 });
  requireNumber(owner, 'seed', seed, { atLeast: 0, below: 2 ** 32, integer: true });
  if (!Array.isArray(sigmas) || sigmas.length === 0) {
    const message = `${owner}: sigmas is ${Array.isArray(sigmas) ? 'empty' : 'no list'}; leave it out for those of velocitySigmas`;
    throw new MokusError('input', message, { field: 'sigmas' });
  }
  for (const sigma of sigmas) requireNumber(owner, 'sigmas', sigma, { above: 0, atMost: 1 });
  requireNaturalPrompt(owner, naturalPrompt);
  return {
    name: 'picture',
    options: {
      answer: answer.name,
      ...Object.fromEntries(Object.entries(answer.options).map(([option, value]) => [`answer.${option}`, value])),
      weight,
      stopError,
      sigmas: sigmas.join(' '),
      naturalPrompt,
      seed,
    },
    async prepare(context) {
      requireFitting(owner, pipeline, context);
      const base = await answer.prepare(context);
      const targets: VelocityReference[] = [];
      for (const request of context.requests) {
        const { signal } = context;
        const prompt = naturalPromptOf(request.answer, { naturalPrompt });
        const natural = await context.encoder.encode([prompt], { signal });
        targets.push(await velocityReference(pipeline, natural, { sigmas, seed, signal }));
      }
      return new PreparedPicture(pipeline, context, base, targets, { weight, stopError, segments });
    },
  };
}

interface PictureSettings {
  readonly weight: number;
  readonly stopError: number;
  readonly segments: number;
}

class PreparedPicture implements PreparedObjective {
  readonly logitsRows: PreparedObjective['logitsRows'];
  readonly hiddenRows: PreparedObjective['hiddenRows'];
  readonly #pipeline: TextToImagePipeline;
  readonly #base: PreparedObjective;
  readonly #targets: readonly VelocityReference[];
  readonly #settings: PictureSettings;
  readonly #signal: AbortSignal | undefined;
  /** Rows of each question that condition the transformer. */
  readonly #lengths: readonly number[];

  constructor(
    pipeline: TextToImagePipeline,
    { encoder, encoded, signal }: ObjectiveContext,
    base: PreparedObjective,
    targets: readonly VelocityReference[],
    settings: PictureSettings,
  ) {
    const { prefixLength } = encoder.info;
    this.#pipeline = pipeline;
    this.#base = base;
    this.#targets = targets;
    this.#settings = settings;
    this.#signal = signal;
    this.#lengths = encoded.map(({ questionLength }) => questionLength - prefixLength);
    this.logitsRows = base.logitsRows;
    this.hiddenRows = [
      ...base.hiddenRows,
      ...this.#lengths.flatMap((length, sequence) =>
        Array.from({ length }, (_, row) => ({ sequence, position: prefixLength + row })),
      ),
    ];
  }

  async evaluate({ logits, hidden }: ForwardResult): Promise<ObjectiveValue> {
    const { weight, stopError } = this.#settings;
    const size = hidden.shape[1] as number;
    const ofBase = this.#base.hiddenRows.length;
    const base = await this.#base.evaluate({ logits, hidden: rows(hidden, 0, ofBase) });
    const cotangent = new Float32Array(hidden.data.length);
    cotangent.set(base.hidden.data);
    const requests: { loss: number; satisfied: boolean }[] = [];
    let first = ofBase;
    for (const [index, target] of this.#targets.entries()) {
      const length = this.#lengths[index] as number;
      const { error, gradient } = await this.#velocityError(rows(hidden, first, length), target);
      const scale = weight / this.#targets.length;
      for (let at = 0; at < gradient.length; at++) cotangent[first * size + at] = scale * (gradient[at] as number);
      const { loss, satisfied } = base.requests[index] as { loss: number; satisfied: boolean };
      requests.push({ loss: loss + weight * error, satisfied: satisfied && error < stopError });
      first += length;
    }
    const loss = requests.reduce((sum, each) => sum + each.loss, 0) / requests.length;
    return { loss, logits: base.logits, hidden: { ...hidden, data: cotangent }, requests };
  }

  /** The mean over noise levels, and its gradient with respect to the states [length, hiddenSize]. */
  async #velocityError(
    states: HostTensor<'f32'>,
    { latents, grid, sigmas, velocity }: VelocityReference,
  ): Promise<{ readonly error: number; readonly gradient: Float32Array }> {
    const own = { hiddenStates: f32Tensor([1, ...states.shape], states.data), mask: undefined };
    const conditioning = repeatConditioning(own, sigmas.length);
    const { segments } = this.#settings;
    const { losses, conditioning: gradients } = await this.#pipeline.components.dit.velocityLoss(
      { latents, grid, sigmas, conditioning, target: velocity, wrt: 'conditioning', segments },
      { signal: this.#signal },
    );
    const gradient = new Float32Array(states.data.length);
    for (const [at, value] of (gradients?.data ?? []).entries()) gradient[at % gradient.length]! += value;
    return { error: losses.reduce((sum, each) => sum + each, 0) / losses.length, gradient };
  }
}

function rows({ shape, data }: HostTensor<'f32'>, first: number, count: number): HostTensor<'f32'> {
  const size = shape[1] as number;
  return f32Tensor([count, size], data.slice(first * size, (first + count) * size));
}

function requireFitting(
  owner: string,
  { components }: TextToImagePipeline,
  { encoder, template }: ObjectiveContext,
): void {
  if (template !== 'pipeline') {
    const message = `${owner}: pictures are drawn under the pipeline's template, but the edit uses '${template}'`;
    throw new MokusError('input', message, { field: 'template' });
  }
  if (encoder.info.hiddenSize === components.dit.info.conditioningSize) return;
  const message = `${owner}: the encoder's states have ${encoder.info.hiddenSize} numbers, the pipeline's transformer takes ${components.dit.info.conditioningSize}; edit the pipeline's own encoder`;
  throw new MokusError('input', message, { field: 'pipeline' });
}
