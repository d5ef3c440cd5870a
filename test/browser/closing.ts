import type { FullResult, Reporter, TestCase, TestResult } from '@playwright/test/reporter'

/** Closes the run with one line that says how many tests passed, failed and were skipped; a skipped one fails it. */
export default class Closing implements Reporter {
  private readonly outcomes = new Map<string, TestResult['status']>()

  onTestEnd(test: TestCase, result: TestResult) {
    this.outcomes.set(test.id, result.status)
  }

  onEnd(result: FullResult) {
    const all = [...this.outcomes.values()]
    const passed = all.filter((s) => s === 'passed').length
    const skipped = all.filter((s) => s === 'skipped').length
    console.log(`${passed} passed, ${all.length - passed - skipped} failed, ${skipped} skipped`)
    return Promise.resolve({ status: skipped > 0 && result.status === 'passed' ? ('failed' as const) : result.status })
  }

  printsToStdio() {
    return false
  }
}
