package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

import org.junit.jupiter.api.Test;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/** {@code --tier-ttl}, as it is typed. */
class TierTtlTest {
    private static List<Long> ttlsMs(String... args) {
        TierOptions options = new TierOptions();
        new CommandLine(CommandLine.Model.CommandSpec.forAnnotatedObject(options)).parseArgs(args);
        return options.settingsOrNull().ttlsMs();
    }

    @Test
    void shouldReadDurationsOfOneTierAndOfEach() {
        assertEquals(List.of(), ttlsMs("--tier", "disk:/a"));
        assertEquals(List.of(1_500L), ttlsMs("--tier", "disk:/a", "--tier-ttl", "1500ms"));
        assertEquals(List.of(90_000L), ttlsMs("--tier", "disk:/a", "--tier", "s3://b", "--tier-ttl", "90s"));
        assertEquals(List.of(900_000L, 604_800_000L),
            ttlsMs("--tier", "disk:/a", "--tier", "s3://b", "--tier-ttl", "15m", "--tier-ttl", "7d"));
        assertEquals(List.of(0L, 86_400_000L), ttlsMs("--tier", "disk:/a", "--tier", "s3://b", "--tier-ttl", "0", "--tier-ttl", "24h"));
    }

    @Test
    void shouldRefuseWhatIsNoDurationAndWhatBelongsToNoTier() {
        for (String wrong : List.of("", "24", "h", "-1s", "1.5h", "1w", "99999999999s")) {
            assertThrows(ParameterException.class, () -> ttlsMs("--tier", "disk:/a", "--tier-ttl", wrong), wrong);
        }
        IllegalArgumentException tooShort = assertThrows(IllegalArgumentException.class, () -> ttlsMs("--tier", "disk:/a", "--tier-ttl", "999ms"));
        assertTrue(tooShort.getMessage().contains("--tier-ttl"), tooShort::getMessage);
        assertThrows(IllegalArgumentException.class, () -> ttlsMs("--tier", "disk:/a", "--tier-ttl", "1h", "--tier-ttl", "2h"));
    }
}
