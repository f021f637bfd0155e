package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** Everything that settings make of a receiver's queue has a bound. */
class ReceiverOptionsTest {
    private static final long GIB = 1L << 30;

    @Test
    void shouldBoundWhatWaits() {
        ReceiverContext unsaid = parse();
        assertEquals(64 * GIB, unsaid.admission().queuedBytesMax(), "64 times the pool of its one shard");
        assertEquals(4096, unsaid.admission().queuedMax());
        assertEquals(4096, unsaid.reservationsMax());
        assertEquals(64 * 3 * GIB, parse("--spill", "3GiB").admission().queuedBytesMax());
        assertEquals(5 * GIB, parse("--queue", "5GiB", "--pool", "2GiB").admission().queuedBytesMax());
    }

    @Test
    void shouldRefuseAQueueThatWhatFitsDoesNotFit() {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> parse("--queue", "1GiB", "--pool", "2GiB"));
        assertTrue(refused.getMessage().contains("queuedBytesMax") && refused.getMessage().contains("" + 2 * GIB), refused::getMessage);
    }

    private static ReceiverContext parse(String... arguments) {
        Settings settings = new Settings();
        new CommandLine(settings).parseArgs(arguments);
        return settings.options.context(ReceiverRig.LAYOUT);
    }

    /** A command with these settings alone. */
    @CommandLine.Command
    private static final class Settings {
        @CommandLine.Mixin
        private ReceiverOptions options = new ReceiverOptions();
    }
}
