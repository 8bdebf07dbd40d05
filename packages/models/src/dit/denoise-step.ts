import {
  type Conditioning,
  type DenoiseStepRequest,
  disposeTensors,
  f32Tensor,
  type RunOptions,
  type Tensor,
} from '@mokus/core';
import {
  add,
  divide,
  Graph,
  greater,
  multiply,
  type Program,
  reduceSum,
  sqrt,
  square,
  subtract,
  type Value,
  where,
} from '@mokus/graph';
import type { ProgramSet } from '../program-set.js';

/**
 * A step of denoising where the latents are. `velocityFor` leaves a velocity there; both are freed. The caller disposes what
 * comes back.
 */
export async function denoiseStep(
  { latents, stepSize, positive, guidance }: DenoiseStepRequest,
  velocityFor: (conditioning: Conditioning) => Promise<Tensor>,
  programs: ProgramSet,
  { signal }: RunOptions,
): Promise<Tensor> {
  const velocities: Record<string, Tensor> = {};
  try {
    velocities.velocity = await velocityFor(positive);
    if (guidance !== undefined) velocities.negative = await velocityFor(guidance.negative);
    const guided = guidance !== undefined;
    const inputs = {
      latents,
      ...velocities,
      stepSize: f32Tensor([1], [stepSize]),
      ...(guided && { scale: f32Tensor([1], [guidance.scale]) }),
    };
    const name = guided ? 'guidedStep' : 'step';
    const outputs = await programs.runOnDevice(name, () => denoiseStepProgram(guided), inputs, { signal });
    return outputs.latents as Tensor;
  } finally {
    disposeTensors(Object.values(velocities));
  }
}

/**
 * f32 `latents` and `velocity` [batch, image, channels] and `stepSize` [1], with guidance also `negative`, the other velocity,
 * and `scale` [1] -> the next `latents`: latents + stepSize * velocity, the velocity guided as core's `guide` does. As written,
 * for what is rounded in one step is there in all that follow.
 */
function denoiseStepProgram(guided: boolean): Program {
  const graph = new Graph();
  const tokens = (name: string): Value => graph.input(name, 'f32', ['batch', 'image', 'channels']);
  const number = (name: string): Value => graph.input(name, 'f32', [1]);
  const latents = tokens('latents');
  const positive = tokens('velocity');
  const velocity = guided ? guide(positive, tokens('negative'), number('scale')) : positive;
  graph.output('latents', add(latents, multiply(number('stepSize'), velocity)));
  return graph.build({ asWritten: true });
}

/** A token whose combination vanishes stays zero. */
function guide(positive: Value, negative: Value, scale: Value): Value {
  const combined = add(negative, multiply(scale, subtract(positive, negative)));
  const squares = (value: Value): Value => reduceSum(square(value), { axes: [-1], keepDims: true });
  const norm = squares(combined);
  const divisor = where(greater(norm, 0), norm, 1);
  return multiply(combined, sqrt(divide(squares(positive), divisor)));
}
