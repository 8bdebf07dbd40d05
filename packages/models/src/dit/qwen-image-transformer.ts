import type { Conditioning, DiT, HostTensor, SiteDelta, Tensor, VelocityRequest } from '@mokus/core';
import { fingerprintWeights, MokusError, onceFingerprint, requireF32, requireNumber } from '@mokus/core';
import type { Program } from '@mokus/graph';
import type { ComponentOptions } from '../component-options.js';
import { trialGradients } from '../deltas/gradient-outputs.js';
import { ProgramSet } from '../program-set.js';
import { setName } from '../set-name.js';
import { adapterTargets } from './adapter-targets.js';
import { readQwenImageTransformerConfig } from './config.js';
import { type RunningDeltas, TransformerDeltas } from './deltas.js';
import { denoiseStep } from './denoise-step.js';
import { inputsOf, requireShape } from './inputs.js';
import {
  conditioningVjpProgram,
  entryGradientOutput,
  parameterGradientsProgram,
  transformerSites,
  velocityLossProgram,
  velocityProgram,
} from './programs.js';
import { keptRotaryTables } from './rotary-positions.js';
import { type Segment, segmentedVelocityLoss, segmentsOf } from './segmented-loss.js';

const component = 'transformer';

/**
 * QwenImageTransformer2DModel: the dual-stream diffusion transformer of Qwen-Image, fp32. All sizes are read from the
 * config. Without adapters it runs the base program; a set of sites that carry deltas gets a program of its own, and so
 * do the backward passes: each joins the others over the same weights when it is first asked for. Throws MokusError
 * `config` (a variant that is not honoured, by file and field), `weight` (a tensor that is missing or of another shape),
 * `unsupported` (by the backend).
 */
export async function createQwenImageTransformer(options: ComponentOptions): Promise<DiT> {
  const { weights, backend, signal } = options;
  const config = readQwenImageTransformerConfig(options.config, options.file ?? `${weights.name}/config.json`);
  const programs = await ProgramSet.load(
    backend,
    weights,
    { velocity: velocityProgram(config) },
    { component: options.component ?? component, signal },
  );
  const sites = transformerSites(config);
  const deltas = new TransformerDeltas(sites);
  const tablesOf = keptRotaryTables(config.ropeAxes);
  const run = (
    name: string,
    { adapted, inputs }: RunningDeltas,
    build: (adapted: readonly string[]) => Program,
    own: Readonly<Record<string, HostTensor>>,
    runSignal: AbortSignal | undefined,
  ): Promise<Readonly<Record<string, HostTensor>>> =>
    programs.run(programName(name, adapted), () => build(adapted), { ...own, ...inputs }, { signal: runSignal });
  const read = (outputs: Readonly<Record<string, HostTensor>>, name: string): HostTensor<'f32'> =>
    requireF32(outputs[name] as HostTensor, `the ${component}'s ${name}`);
  const ofStates = entryGradientOutput('states');
  const cuts = new Map<number, readonly Segment[]>();
  const cutInto = (count: number): readonly Segment[] => {
    const segments = cuts.get(count) ?? segmentsOf(config, count);
    cuts.set(count, segments);
    return segments;
  };
  const backwardInputs = (
    request: VelocityRequest & { readonly cotangent: HostTensor<'f32'> },
  ): Readonly<Record<string, HostTensor>> => {
    requireShape('cotangent', request.cotangent, request.latents.shape);
    return { ...inputsOf(config, request, tablesOf), cotangent: request.cotangent };
  };
  return {
    info: {
      architecture: 'QwenImageTransformer2DModel',
      inChannels: config.inChannels,
      patchSize: config.patchSize,
      conditioningSize: config.conditioningSize,
      adapterTargets: adapterTargets(config),
    },
    sites,
    fingerprint: onceFingerprint(() => fingerprintWeights(weights)),
    velocity: async (request, runOptions) => {
      const running = deltas.running(request.parameters);
      const build = (adapted: readonly string[]): Program => velocityProgram(config, adapted);
      const outputs = await run('velocity', running, build, inputsOf(config, request, tablesOf), runOptions?.signal);
      return read(outputs, 'result');
    },
    ...(programs.keepsResults && {
      denoiseStep: async (request, runOptions = {}) => {
        const { latents, grid, sigma } = request;
        const { adapted, inputs } = deltas.running();
        const sigmas = Array<number>(latents.shape[0] ?? 0).fill(sigma);
        const build = (): Program => velocityProgram(config, adapted);
        const velocityFor = async (conditioning: Conditioning): Promise<Tensor> => {
          const own = inputsOf(config, { latents, grid, sigmas, conditioning }, tablesOf);
          const name = programName('velocity', adapted);
          const outputs = await programs.runOnDevice(name, build, { ...own, ...inputs }, runOptions);
          return outputs.result as Tensor;
        };
        return denoiseStep(request, velocityFor, programs, runOptions);
      },
    }),
    conditioningVjp: async (request, runOptions) => {
      const running = deltas.running(request.parameters);
      const build = (adapted: readonly string[]): Program => conditioningVjpProgram(config, adapted);
      const outputs = await run('conditioningVjp', running, build, backwardInputs(request), runOptions?.signal);
      return read(outputs, ofStates);
    },
    parameterGradients: async (request, runOptions) => {
      const { parameters } = request;
      requireParameters(parameters);
      const running = deltas.running(parameters);
      const { trials } = running;
      const build = (adapted: readonly string[]): Program => parameterGradientsProgram(config, adapted, trials);
      const name = programName('parameterGradients', trials);
      const outputs = await run(name, running, build, backwardInputs(request), runOptions?.signal);
      return trialGradients(trials, parameters, outputs);
    },
    velocityLoss: async (request, runOptions) => {
      const { wrt, target, parameters = new Map<string, SiteDelta>(), segments = 1 } = request;
      requireShape('target', target, request.latents.shape);
      requireNumber('velocityLoss', 'segments', segments, { atLeast: 1, integer: true });
      if (wrt === 'parameters') requireParameters(parameters);
      const running = deltas.running(parameters);
      const own = { ...inputsOf(config, request, tablesOf), target };
      const isByStates = wrt === 'conditioning';
      const trials = isByStates ? [] : running.trials;
      const whole = (): Promise<Readonly<Record<string, HostTensor>>> => {
        const build = (adapted: readonly string[]): Program =>
          velocityLossProgram(config, adapted, { trials, entry: isByStates });
        const name = `velocityLoss ${isByStates ? wrt : setName(trials)}`;
        return run(name, running, build, own, runOptions?.signal);
      };
      const inSegments = (): Promise<Readonly<Record<string, HostTensor>>> =>
        segmentedVelocityLoss(
          { config, programs, segments: cutInto(segments) },
          { ...running, trials },
          own,
          isByStates,
          runOptions?.signal,
        );
      const outputs = await (segments === 1 ? whole() : inSegments());
      return {
        losses: [...read(outputs, 'losses').data],
        parameters: trialGradients(trials, parameters, outputs),
        conditioning: isByStates ? read(outputs, ofStates) : undefined,
      };
    },
    pushDelta: (site, delta) => deltas.push(site, delta),
    popDelta: (handle) => deltas.pop(handle),
    deltas: () => deltas.list(),
    release: () => programs.release(),
    dispose: () => programs.dispose(),
  };
}

function requireParameters(parameters: ReadonlyMap<string, SiteDelta>): void {
  if (parameters.size > 0) return;
  throw new MokusError('input', 'there is no delta to differentiate by', { field: 'parameters' });
}

/** What a program does and the sites it takes deltas at. */
function programName(name: string, sites: readonly string[]): string {
  return sites.length === 0 ? name : `${name} ${setName(sites)}`;
}
