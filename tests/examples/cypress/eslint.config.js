import cypress from 'eslint-plugin-cypress';
import { defineConfig } from 'eslint/config';

export default defineConfig([{ files: ['e2e/**/*.js'], extends: [cypress.configs.recommended] }]);
