export { requireChoice } from '@mokus/core';
