export interface CudaBackendOptions {
  /** Which GPU, as the driver counts them. Default: 0. */
  readonly deviceId?: number | undefined;
  /**
   * What programs in f32 are computed in; operations without a kernel in it stay in f32. A bf16 checkpoint computed in
   * bf16 lies on the GPU as it is. Default: 'f32'.
   */
  readonly precision?: 'f32' | 'f16' | 'bf16' | undefined;
  /** Bytes of weights that one component may put on the GPU. Default: what is free there. */
  readonly memoryLimit?: number | undefined;
  /**
   * Lets nodes for which the provider has no kernel run on the CPU, with copies, and saves the check of where each node
   * runs (a second or two a component). Default: false.
   */
  readonly allowCpu?: boolean | undefined;
}
