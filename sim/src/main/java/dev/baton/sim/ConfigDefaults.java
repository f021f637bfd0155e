package dev.baton.sim;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * Settings of the commands that have {@code --config}, by one name in three places: a flag {@code --shm-dir}, a
 * variable {@code BATON_SHM_DIR}, a key {@code shm-dir} of a YAML file. Flags win over variables, variables over the
 * file, the file over defaults. The file is the one that {@code --config} names, else the one that {@code BATON_CONFIG}
 * names. One command line, one thread.
 */
final class ConfigDefaults implements IDefaultValueProvider {
    private static final String PREFIX = "BATON_";
    private static final String CONFIG = "config";
    private static final String SECRET_FILE = "secret-file";
    /** Asked of the command line itself, so never settings. */
    private static final Set<String> NO_SETTINGS = Set.of(CONFIG, "help", "version", "debug");

    private final List<String> args;
    private final Map<String, String> environment;
    private SettingsFile file;

    /** @param args the whole command line, in which {@code --config} is looked for before anything is parsed */
    ConfigDefaults(List<String> args, Map<String, String> environment) {
        this.args = List.copyOf(args);
        this.environment = Map.copyOf(environment);
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        CommandSpec command = argument.command();
        if (!(argument instanceof OptionSpec option)) {
            return null;
        }
        String key = key(option);
        if (command.findOption("--" + CONFIG) == null) {   // a command without a file may still have the secret's place
            return key.equals(SECRET_FILE) ? environment.get(variable(key)) : null;
        }
        if (key.equals(CONFIG)) {
            return environment.get(PREFIX + "CONFIG");
        }
        if (!settings(command).contains(key)) {
            return null;
        }
        if (file == null) {
            file = load(command);
        }
        String variable = variable(key);
        return environment.containsKey(variable) ? environment.get(variable) : file.valueOrNull(key);
    }

    /**
     * Where the value that an option has by default came from, for a message about a bad one; null where no setting
     * gave it.
     */
    static String originOrNull(CommandLine command, ArgSpec argument, String value) {
        if (!(command.getDefaultValueProvider() instanceof ConfigDefaults defaults)
            || !(argument instanceof OptionSpec option)) {
            return null;
        }
        String key = key(option);
        String variable = variable(key);
        String fromVariable = defaults.environment.get(variable);
        if (fromVariable != null) {
            return fromVariable.contains(value) ? "variable " + variable : null;
        }
        String fromFile = defaults.file == null ? null : defaults.file.valueOrNull(key);
        return fromFile != null && fromFile.contains(value) ? "key " + key + " of " + defaults.file.path() : null;
    }

    private SettingsFile load(CommandSpec command) {
        String path = pathOrNull();
        if (path == null) {
            return SettingsFile.EMPTY;
        }
        try {
            return SettingsFile.read(path, settings(command), key -> isList(command.findOption("--" + key)));
        } catch (IllegalArgumentException ex) {
            throw new ParameterException(command.commandLine(), ex.getMessage(), ex);
        }
    }

    private String pathOrNull() {
        String path = environment.get(PREFIX + "CONFIG");
        for (int i = 0; i < args.size(); i++) {
            String word = args.get(i);
            if (word.equals("--")) {
                break;
            }
            if (word.startsWith("--config=")) {
                path = word.substring("--config=".length());
            } else if (word.equals("--config") && i + 1 < args.size()) {
                path = args.get(i + 1);
            }
        }
        return path;
    }

    private static Set<String> settings(CommandSpec command) {
        Set<String> keys = new TreeSet<>();
        command.options().forEach(option -> keys.add(key(option)));
        keys.removeAll(NO_SETTINGS);
        return keys;
    }

    private static boolean isList(OptionSpec option) {
        return !option.splitRegex().isEmpty();
    }

    private static String key(OptionSpec option) {
        return option.longestName().replaceFirst("^--?", "");
    }

    private static String variable(String key) {
        return PREFIX + key.replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
