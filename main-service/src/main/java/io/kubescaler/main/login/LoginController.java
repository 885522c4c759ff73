package io.kubescaler.main.login;

import io.kubescaler.api.LaunchedProfile;
import io.kubescaler.api.Page;
import java.util.UUID;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

@RestController
class LoginController {

    private final LaunchedProfiles launchedProfiles;

    LoginController(LaunchedProfiles launchedProfiles) {
        this.launchedProfiles = launchedProfiles;
    }

    /** Returns all of them in one page. */
    @GetMapping("/main/login/{userId}")
    Page<LaunchedProfile> login(@PathVariable UUID userId) {
        return new Page<>(launchedProfiles.of(userId), null);
    }
}
