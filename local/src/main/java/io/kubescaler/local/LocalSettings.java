package io.kubescaler.local;

import io.kubescaler.access.AccessMode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.core.NestedExceptionUtils;

/**
 * The settings of the command line.
 *
 * @param data the folder of all data: Cassandra, Redis, the key of access tokens, and the logs
 * @param access who may call main and stream
 */
@ConfigurationProperties(LocalSettings.PREFIX)
record LocalSettings(
        @DefaultValue("data") Path data,
        @DefaultValue("open") AccessMode access,
        @DefaultValue Ports ports) {

    static final String PREFIX = "kubescaler.local";

    /** The prefix of a port's option. */
    static final String PORT_OPTION = "--" + PREFIX + ".ports.";

    private static final String OPTION = "--";
    /** The short names of options. The name of access is that of the services. */
    private static final Map<String, String> SHORT =
            Map.of("--data", OPTION + PREFIX + ".data", "--kubescaler.access", OPTION + PREFIX + ".access");

    LocalSettings {
        ports.check();
    }

    /**
     * Reads {@code --kubescaler.local.name=value}, {@code --kubescaler.access=mode} and {@code --data=folder}.
     *
     * @throws RefusedException on anything else
     */
    static LocalSettings of(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        for (String argument : arguments) {
            int equals = argument.indexOf('=');
            String name = equals < 0 ? argument : argument.substring(0, equals);
            String option = SHORT.getOrDefault(name, name);
            if (!option.startsWith(OPTION + PREFIX + ".") || equals < 0) {
                throw unknown(argument);
            }
            String value = argument.substring(equals + 1);
            if (value.isEmpty() && SHORT.containsKey(name)) {
                throw new RefusedException("The setting " + argument + " has no value.");
            }
            given.put(option.substring(OPTION.length()), value);
        }
        ConfigurationPropertySource source = new MapConfigurationPropertySource(given);
        try {
            return new Binder(source)
                    .bindOrCreate(
                            PREFIX,
                            Bindable.of(LocalSettings.class),
                            new NoUnboundElementsBindHandler(BindHandler.DEFAULT));
        } catch (BindException e) {
            if (e.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
                throw unknown(OPTION
                        + unbound.getUnboundProperties().iterator().next().getName());
            }
            throw new RefusedException("The setting " + e.getName() + " does not work: "
                    + NestedExceptionUtils.getMostSpecificCause(e).getMessage());
        }
    }

    private static RefusedException unknown(String argument) {
        return new RefusedException("There is no setting " + argument + "; --help lists all settings.");
    }

    /** These settings as options, one per line. */
    String asOptions() {
        return "  --data=" + data + "\n  --kubescaler.access=" + access.name().toLowerCase(Locale.ROOT) + "\n"
                + ports.byName().entrySet().stream()
                        .map(port -> "  " + PORT_OPTION + port.getKey() + "="
                                + port.getValue().stream().map(String::valueOf).collect(Collectors.joining(",")))
                        .collect(Collectors.joining("\n"));
    }
}
