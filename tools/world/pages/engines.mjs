// The engines by name, for the `on` of a case.
export const EVERYWHERE = ['chromium', 'firefox', 'webkit'];
