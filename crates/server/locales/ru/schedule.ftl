# /queue/schedule: что делается по часам, и проверка периода.

schedule-title = Расписание
schedule-back = К очереди
schedule-hours = По часам
schedule-zone = время: { $zone }
schedule-none = Расписаний нет: звонки проверяются только по вашей команде.
schedule-name = Имя
schedule-cron = Часы
schedule-cron-hint = Пять полей cron: минута, час, день, месяц, день недели. «5 * * * *» — каждый час, «30 9 * * 1-5» — по будням в 9:30. Берутся звонки UIS с прошлого раза.
schedule-does = Что делает
schedule-next = Следующий раз
schedule-last = Прошлый раз
schedule-deeds = Действия
schedule-stopped = Остановлено
schedule-never = никогда
schedule-not-yet = ещё не было
schedule-run-now = Сделать сейчас
schedule-pause-of = Остановить: { $name }
schedule-resume-of = Пустить дальше: { $name }
schedule-remove-of = Удалить: { $name }
schedule-add = Добавить
schedule-rubric = Критерии
schedule-rubric-default = по умолчанию
schedule-refused = Расписание не сохранено
schedule-period = Проверить период
schedule-period-text = Разобрать звонки источника за выбранные дни. Сначала покажем, сколько их и сколько это стоит; разобранное раньше не оплачивается снова.
schedule-period-refused = Период проверить нельзя
schedule-no-uis = UIS не настроен: задайте UIS_ACCESS_TOKEN.
schedule-source = Источник
schedule-source-only = Источник: { $source }.
schedule-source-folder = папка { $path }
schedule-no-source = Выберите источник из предложенных.
schedule-no-days = Нужны две даты, первая не позже второй.
schedule-from = С
schedule-to = По (включительно)
schedule-price = Показать цену
schedule-about = Примерно { $price }.
schedule-free = бесплатно
schedule-check = Проверить период
schedule-calls = { $count ->
    [one] { $shown } звонок
    [few] { $shown } звонка
   *[other] { $shown } звонков
 }
schedule-open = { $count ->
    [one] разобрать { $shown }
   *[other] разобрать { $shown }
 }
schedule-unknown = { $count ->
    [one] Цена { $shown } звонка неизвестна.
   *[other] Цена { $shown } звонков неизвестна.
 }
schedule-log = Как прошло
schedule-log-none = Пока ничего не делалось.
schedule-due = Когда
schedule-how = Чем кончилось
schedule-by = Кто просил
schedule-by-clock = по часам
schedule-missed = { $count ->
    [one] за { $shown } пропущенный раз
   *[other] за { $shown } пропущенных раз
 }
done-schedule-asked = Начнётся через несколько секунд
done-schedule-added = Расписание сохранено
done-schedule-paused = Расписание остановлено
done-schedule-resumed = Расписание работает с этой минуты
done-schedule-removed = Расписание удалено
queue-schedule = Расписание
