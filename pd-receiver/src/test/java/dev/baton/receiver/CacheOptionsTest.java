package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.cache.CacheLimits;
import dev.baton.buffer.tier.Eviction;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class CacheOptionsTest {
    @Test
    void shouldReadAPolicyAndShares() {
        assertEquals(CacheLimits.DEFAULT, parse());
        assertEquals(new CacheLimits(Eviction.S3_FIFO, Map.of(0xC0FFEEL, 4L << 30, -1L, 0L), 1L << 20),
            parse("--eviction", "s3-fifo", "--cache-share", "c0ffee=4GiB,ffffffffffffffff=0", "--cache-share-others", "1MiB"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0ffee", "=1", "xyz=1GiB", "1=", "1=4XB", "1=1,1=2"})
    void shouldRefuseWhatIsNoShareAndNameIt(String text) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> parse("--cache-share", text));

        assertTrue(refused.getMessage().contains("--cache-share="), refused::getMessage);
    }

    @Test
    void shouldSayWhichPoliciesThereAre() {
        RuntimeException refused = assertThrows(CommandLine.ParameterException.class, () -> parse("--eviction", "belady"));

        assertTrue(refused.getMessage().contains("'belady'; type lru, fifo, lfu, s3-fifo, w-tinylfu, chain"), refused::getMessage);
    }

    private static CacheLimits parse(String... arguments) {
        Settings settings = new Settings();
        new CommandLine(settings).parseArgs(arguments);
        return settings.shares.limits(settings.cache.limits().eviction());
    }

    /** A command with these settings alone. */
    @CommandLine.Command
    private static final class Settings {
        @CommandLine.Mixin
        private CacheOptions cache = new CacheOptions();

        @CommandLine.Mixin
        private CacheShareOptions shares = new CacheShareOptions();
    }
}
