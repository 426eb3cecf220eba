import Testing
import ZondaCore

struct DurationTests {
    @Test func seconds() {
        #expect(Duration.milliseconds(1500).seconds == 1.5)
        #expect(Duration.zero.seconds == 0 && Duration.seconds(-2).seconds == -2)
        #expect(abs(Duration.nanoseconds(-1).seconds + 1e-9) < 1e-24)
    }
}
