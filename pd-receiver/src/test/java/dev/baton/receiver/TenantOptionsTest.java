package dev.baton.receiver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.baton.buffer.reserve.TenantLimits;
import dev.baton.buffer.reserve.TenantPolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class TenantOptionsTest {
    @Test
    void shouldReadSharesAndQuotas() {
        TenantLimits limits = parse("--tenants", "c0ffee=2:4GiB,ffffffffffffffff=1", "--tenant-quota", "512MiB");

        assertEquals(new TenantPolicy(2, 4L << 30), limits.known().get(0xC0FFEEL));
        assertEquals(new TenantPolicy(1, Long.MAX_VALUE), limits.known().get(-1L));
        assertEquals(new TenantPolicy(1, 512L << 20), limits.others());
        assertEquals(TenantLimits.DEFAULT, parse());
    }

    @ParameterizedTest
    @ValueSource(strings = {"c0ffee", "=1", "xyz=1", "1=", "1=two", "1=0", "1=1:4XB", "1=1,1=2"})
    void shouldRefuseWhatIsNoTenantAndNameIt(String text) {
        IllegalArgumentException refused =
            assertThrows(IllegalArgumentException.class, () -> parse("--tenants", text));

        assertTrue(refused.getMessage().contains("="), refused::getMessage);
    }

    private static TenantLimits parse(String... arguments) {
        Settings settings = new Settings();
        new CommandLine(settings).parseArgs(arguments);
        return settings.tenants.limits();
    }

    /** A command with these settings alone. */
    @CommandLine.Command
    private static final class Settings {
        @CommandLine.Mixin
        private TenantOptions tenants = new TenantOptions();
    }
}
