package io.kubescaler.main.system;

import java.util.List;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

@RestController
class SystemController {

    /** @param source {@code prometheus} or the {@code instances} themselves */
    record SystemReport(String source, List<InstanceReport> instances) {}

    private final MetricsSource source;

    SystemController(MetricsSource source) {
        this.source = source;
    }

    @GetMapping("/main/system")
    SystemReport system() {
        return new SystemReport(source.name(), source.ask());
    }
}
