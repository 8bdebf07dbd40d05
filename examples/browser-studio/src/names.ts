/** What the page offers. Apart from what they stand for: the page need not load the editors. */
export const editorNames = ['UltraEdit', 'fine-tuning', 'LoRA tuning', 'FT-M'] as const;
export type EditorName = (typeof editorNames)[number];

export const objectiveNames = ['the conditioning that pictures are drawn from', 'the answer in words'] as const;
export type ObjectiveName = (typeof objectiveNames)[number];
