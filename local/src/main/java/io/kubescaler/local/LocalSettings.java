package io.kubescaler.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
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
 * @param data the folder of all data: Cassandra, Redis and the logs
 */
@ConfigurationProperties(LocalSettings.PREFIX)
record LocalSettings(
        @DefaultValue("data") Path data, @DefaultValue Ports ports) {

    static final String PREFIX = "kubescaler.local";

    /** The prefix of a port's option. */
    static final String PORT_OPTION = "--" + PREFIX + ".ports.";

    private static final String OPTION = "--";
    private static final String SHORT_DATA = "--data=";

    LocalSettings {
        ports.check();
    }

    /**
     * Reads {@code --kubescaler.local.name=value} and {@code --data=folder}.
     *
     * @throws RefusedException on anything else
     */
    static LocalSettings of(List<String> arguments) {
        Map<String, String> given = new HashMap<>();
        for (String argument : arguments) {
            String option = argument.startsWith(SHORT_DATA)
                    ? OPTION + PREFIX + "." + argument.substring(OPTION.length())
                    : argument;
            int equals = option.indexOf('=');
            if (!option.startsWith(OPTION + PREFIX + ".") || equals < 0) {
                throw unknown(argument);
            }
            if (argument.equals(SHORT_DATA)) {
                throw new RefusedException("The setting " + argument + " has no value.");
            }
            given.put(option.substring(OPTION.length(), equals), option.substring(equals + 1));
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
        return "  --data=" + data + "\n"
                + ports.byName().entrySet().stream()
                        .map(port -> "  " + PORT_OPTION + port.getKey() + "="
                                + port.getValue().stream().map(String::valueOf).collect(Collectors.joining(",")))
                        .collect(Collectors.joining("\n"));
    }
}
