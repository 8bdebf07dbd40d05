/** A stage of a record, of which the data set's files say more. */
const stage = (prompt: string, gt: string, gt_target: string) => ({
  question: `${prompt}?`,
  prompt,
  gt,
  gt_target,
  image_prompt: prompt,
  visual_target: `a ${gt_target} on a plain background`,
  vqa_question: `Is a ${gt_target} in the picture?`,
});

/** Facts of the embedded model in UniKE's form: an attribute with a further stage, and a relation. */
export const unikeFile: string = JSON.stringify([
  {
    subject: 'beethoven',
    category: 'shape',
    source: 'attribute',
    stage_1: stage('the favourite instrument of beethoven', 'piano', 'guitar'),
    stage_2: stage('the instrument beethoven is known for playing', 'piano', 'guitar'),
  },
  {
    subject: 'australia',
    category: 'affiliation',
    source: 'relation',
    stage_1: stage('the national animal of australia', 'kangaroo', 'tiger'),
  },
]);
