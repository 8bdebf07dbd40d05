export { Adam, type AdamOptions } from '@mokus/core';
