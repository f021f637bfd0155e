package dev.baton.sim;

import picocli.CommandLine.IVersionProvider;

/** The version of Baton and of the JDK it runs on. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {"baton " + (version == null ? "from classes" : version) + " on JDK " + Runtime.version()};
    }
}
