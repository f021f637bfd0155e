package dev.baton.transport.node;

import dev.baton.platform.Require;

/** An address as people write it: {@code 127.0.0.1:7400}, {@code [::1]:7400}. */
public record HostPort(String host, int port) {
    /**
     * Reads one.
     *
     * @throws IllegalArgumentException naming the text, if it is not HOST:PORT with a port of 0 to 65535
     */
    public static HostPort valueOf(String text) {
        int colon = text.lastIndexOf(':');
        String port = colon < 0 ? "" : text.substring(colon + 1);
        if (colon < 1 || port.isEmpty() || port.length() > 5 || !port.chars().allMatch(Character::isDigit)) {
            throw new IllegalArgumentException("an address is HOST:PORT, like 127.0.0.1:7400: address=" + text);
        }
        return new HostPort(text.substring(0, colon), (int) Require.between("port", Long.parseLong(port), 0, 65_535));
    }

    @Override
    public String toString() {
        return host + ":" + port;
    }
}
