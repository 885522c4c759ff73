package io.kubescaler.main.user;

import io.kubescaler.api.Page;
import io.kubescaler.api.User;
import io.kubescaler.main.base.BaseClient;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
class UserController {

    private final BaseClient base;

    UserController(BaseClient base) {
        this.base = base;
    }

    @GetMapping("/main/users")
    Page<User> users(
            @RequestParam(defaultValue = "" + Page.DEFAULT_LIMIT) @Min(1) @Max(Page.MAX_LIMIT) int limit,
            @RequestParam(required = false) @Size(min = 1, message = "must not be empty") @Nullable String page) {
        return base.users(limit, page);
    }
}
